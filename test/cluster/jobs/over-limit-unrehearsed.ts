import { defineJob } from "errand";

export default defineJob({
  description: "Deletes every victim without a rehearsal, and there are more of them than it may delete",
  access: { configmaps: ["list", "delete"] },
  limits: { delete: 2 },
  rehearse: false,
  retries: 1,
  async run({ kube }) {
    for await (const victim of kube.configmaps.list({ labelSelector: "victim" })) await kube.configmaps.delete(victim);
    return null;
  },
});
