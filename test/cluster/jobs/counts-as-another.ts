import { defineJob } from "errand";

export default defineJob({
  description: "Counts the ConfigMaps with a label, as a ServiceAccount that somebody else gave its rights",
  access: { configmaps: ["list"] },
  serviceAccountName: "another",
  async run({ kube }) {
    return { count: (await kube.configmaps.list({ labelSelector: "counted" }).toArray()).length };
  },
});
