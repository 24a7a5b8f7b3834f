import { defineJob } from "errand";

export default defineJob({
  description: "Deletes every victim, and there are more of them than it may delete",
  access: { configmaps: ["list", "delete"] },
  limits: { delete: 2 },
  retries: 1,
  async run({ kube }) {
    for await (const victim of kube.configmaps.list({ labelSelector: "victim" })) await kube.configmaps.delete(victim);
    return null;
  },
});
