import { defineJob } from "errand";

export default defineJob({
  access: { configmaps: ["list", "delete", "patch"] },
  async run({ kube }) {
    for await (const each of kube.configmaps.list({ labelSelector: "tidy" })) {
      if (each.metadata.labels?.tidy === "away") await kube.configmaps.delete(each);
      else await kube.configmaps.patch(each, { metadata: { labels: { tidy: "kept" } } });
    }
  },
});
