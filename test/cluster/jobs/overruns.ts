import { once } from "node:events";
import { defineJob } from "errand";

export default defineJob({
  description: "Waits longer than its timeout",
  access: { pods: ["list"] },
  timeout: "2s",
  retries: 1,
  async run({ signal }) {
    // Only the signal ends it, and the signal is what keeps nothing alive: hence the timer.
    const alive = setInterval(() => {}, 60_000);
    await once(signal, "abort");
    clearInterval(alive);
    signal.throwIfAborted();
  },
});
