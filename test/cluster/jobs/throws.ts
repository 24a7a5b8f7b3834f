import { defineJob } from "errand";

export default defineJob({
  description: "Fails each time",
  access: { pods: ["list"] },
  retries: 1,
  run({ run, progress }) {
    progress({ attempt: run.attempt });
    throw new Error(`attempt ${run.attempt} came to nothing`);
  },
});
