import { defineJob } from "errand";
import { z } from "zod";

/** As first.ts, with parameters: zod is in the bundle, is loaded, and validates. */
export default defineJob({
  params: z.object({
    olderThan: z.string().default("1h").describe("age, such as 90m or 2d"),
    max: z.int().min(1).default(100),
    phases: z.array(z.enum(["Succeeded", "Failed"])).default(["Succeeded"]),
  }),
  access: { pods: ["list"] },
  async run({ kube, params }) {
    const pods = await kube.pods.list().toArray();
    return { count: Math.min(pods.length, params.max) };
  },
});
