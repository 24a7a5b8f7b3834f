import { readFileSync, writeFileSync } from "node:fs";
import { defineJob } from "errand";

/** Uses what its pod is given besides the bundle: a variable, a secret, and the writable folder that the project's configuration mounts. */
export default defineJob({
  access: { pods: ["list"] },
  env: { PRICE: "5$ $(HOME)", LEVEL: "job" },
  secrets: { token: "billing/token" },
  egress: [{ namespaces: {}, pods: { app: "database" }, ports: [5432] }],
  async run({ kube, secrets, log }) {
    log.info(`the token is ${secrets.token}`);
    console.log(`again: ${secrets.token}`);
    writeFileSync("/scratch/file", "written");
    const pods = await kube.pods.list().toArray();
    return {
      scratch: readFileSync("/scratch/file", "utf8"),
      price: process.env.PRICE ?? null,
      level: process.env.LEVEL ?? null,
      length: secrets.token.length,
      token: secrets.token,
      pods: pods.length,
    };
  },
});
