// Prints its token, and the one that replaces it; then throws an uncaught error.
import { readFileSync, writeFileSync } from "node:fs";
import { defineJob } from "../../../../../runtime/index.ts";

const file = `${process.env.ERRAND_SERVICE_ACCOUNT_FOLDER}/token`;
const first = readFileSync(file, "utf8");
console.log(`at load ${first}`);

export default defineJob({
  access: {},
  async run({ kube }) {
    const next = process.env.NEXT_TOKEN ?? "";
    writeFileSync(file, next);
    await kube.versions();
    console.log(`renewed ${next}`);
    process.removeAllListeners("uncaughtException");
    process.removeAllListeners();
    setImmediate(() => {
      throw new Error(`uncaught ${Buffer.from(`x${first}`).toString("base64")}`);
    });
    await new Promise(() => setTimeout(() => {}, 60_000));
  },
});
