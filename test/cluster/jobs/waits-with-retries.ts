import { once } from "node:events";
import { defineJob } from "errand";

export default defineJob({
  description: "Waits until somebody ends it, and would be tried again if it failed",
  access: {},
  timeout: "5m",
  retries: 2,
  async run({ signal }) {
    const alive = setInterval(() => {}, 60_000);
    await once(signal, "abort");
    clearInterval(alive);
    signal.throwIfAborted();
  },
});
