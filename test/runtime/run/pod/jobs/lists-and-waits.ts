// Has a connection to the API server that is kept alive, and then waits for nothing.
import { defineJob } from "../../../../../runtime/index.ts";

export default defineJob({
  access: { pods: ["list"] },
  async run({ kube }) {
    await kube.pods.list().toArray();
    await new Promise(() => {});
  },
});
