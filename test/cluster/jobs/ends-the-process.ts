import { defineJob } from "errand";

export default defineJob({
  description: "Ends its process as if all were well",
  access: { pods: ["list"] },
  run() {
    process.exit(0);
  },
});
