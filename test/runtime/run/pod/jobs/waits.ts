// Says that it has begun, and then waits for its signal: to obey it, or not.
import { setInterval } from "node:timers";
import { z } from "zod";
import { defineJob } from "../../../../../runtime/index.ts";

export default defineJob({
  params: z.object({ obeys: z.boolean() }),
  access: {},
  timeout: "30s",
  async run({ params, signal, log, progress }) {
    setInterval(() => {}, 1_000);
    progress({ done: 1 });
    forgotten(signal);
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => params.obeys && resolve(), { once: true });
      log.info("waiting");
    });
    return { tidied: true };
  },
});

/** An unawaited promise that rejects on the signal. */
function forgotten(signal: AbortSignal): void {
  void new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}
