import { defineJob } from "../../../../../runtime/index.ts";

export default defineJob({
  access: { pods: ["list", "delete"] },
  limits: { delete: 2 },
  async run({ kube, progress, dryRun }) {
    let deleted = 0;
    for await (const pod of kube.pods.list({ labelSelector: "app=web" })) {
      await kube.pods.delete(pod);
      progress({ deleted: ++deleted, dryRun });
    }
    return { deleted };
  },
});
