import { defineJob } from "errand";
import { z } from "zod";

export default defineJob({
  description: "Cannot do without a number",
  access: { pods: ["list"] },
  params: z.strictObject({ count: z.int() }),
  retries: 1,
  run: ({ params }) => params.count,
});
