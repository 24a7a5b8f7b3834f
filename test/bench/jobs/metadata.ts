import { defineJob } from "errand";

export default defineJob({
  access: { pods: ["list"] },
  async run({ kube }) {
    let count = 0;
    for await (const pod of kube.pods.listMetadata()) if (pod.metadata.name) count += 1;
    return { count };
  },
});
