// Tells its secret in every way that a job has.
import { z } from "zod";
import { defineJob } from "../../../../../runtime/index.ts";

export default defineJob({
  params: z.object({ token: z.string().min(5), throws: z.boolean() }),
  secretParams: ["token"],
  access: {},
  run({ params, log, progress }) {
    log.info(`token ${params.token}`, { token: params.token });
    progress({ token: params.token });
    console.log(`console.log ${params.token}`);
    console.error("console.error", { token: params.token });
    process.stdout.write(Buffer.from(`bytes ${params.token}\n`));
    if (params.throws) throw new Error(`thrown ${params.token}`);
    return { token: params.token };
  },
});
