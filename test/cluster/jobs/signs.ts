import { defineJob } from "errand";
import { z } from "zod";

export default defineJob({
  description: "Does something with a key that appears nowhere",
  params: z.object({ key: z.string().min(8), to: z.string(), often: z.number().default(1) }),
  secretParams: ["key"],
  access: {},
  run: ({ params, log }) => {
    log.info(`signed with ${params.key}`);
    return { length: params.key.length, often: params.often };
  },
});
