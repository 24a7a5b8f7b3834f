import { defineJob } from "errand";

export default defineJob({
  access: { pods: ["list", "delete"] },
  async run({ kube }) {
    const count = await kube.forEach(kube.pods.list(), (pod) => kube.pods.delete(pod));
    return { count };
  },
});
