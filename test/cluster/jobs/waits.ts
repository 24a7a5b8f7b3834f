import { once } from "node:events";
import { defineJob } from "errand";

export default defineJob({
  description: "Deletes one victim, and then waits until somebody ends it",
  access: { configmaps: ["delete"] },
  timeout: "5m",
  async run({ kube, progress, log, signal }) {
    await kube.configmaps.delete("victim");
    progress({ deleted: "victim" });
    log.info("waiting");
    const alive = setInterval(() => {}, 60_000);
    await once(signal, "abort");
    clearInterval(alive);
    log.info("asked to stop");
    signal.throwIfAborted();
  },
});
