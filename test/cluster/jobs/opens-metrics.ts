import { setTimeout as pause } from "node:timers/promises";
import { defineJob } from "errand";
import { z } from "zod";

export default defineJob({
  description: "Asks until it may end, and lets strangers read how far it is",
  access: { configmaps: ["list"] },
  params: z.object({ token: z.string() }),
  metrics: true,
  timeout: "10m",
  async run({ kube, progress }) {
    for (let asked = 1; ; asked += 1) {
      progress({ asked });
      if ((await kube.configmaps.list({ fieldSelector: "metadata.name=end" }).toArray()).length > 0) return "ended";
      await pause(200);
    }
  },
});
