// Runs long enough for its status endpoint to open, and stays after its end.
import { z } from "zod";
import { defineJob } from "../../../../../runtime/index.ts";

export default defineJob({
  params: z.object({ fails: z.boolean().default(false), forgets: z.boolean().default(false) }),
  access: {},
  linger: process.env.LINGER ?? "0s",
  async run({ params, log, signal }) {
    if (params.forgets) Promise.reject(new Error("nobody awaited this"));
    // Until somebody reads the endpoint, who lets it go on.
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {}, 1_000);
      const goOn = (): void => {
        clearInterval(timer);
        resolve();
      };
      process.once("SIGUSR2", goOn);
      signal.addEventListener("abort", goOn);
      log.info("waiting");
    });
    if (params.fails) throw new Error("after all");
    return "done";
  },
});
