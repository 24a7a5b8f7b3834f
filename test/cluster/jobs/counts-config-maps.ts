import { defineJob } from "errand";

export default defineJob({
  description: "Counts the ConfigMaps with a label",
  access: { configmaps: ["list"] },
  async run({ kube }) {
    return { count: (await kube.configmaps.list({ labelSelector: "counted" }).toArray()).length };
  },
});
