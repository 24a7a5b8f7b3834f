import { setTimeout as pause } from "node:timers/promises";
import { defineJob } from "errand";
import { z } from "zod";

export default defineJob({
  description: "Computes without letting its event loop turn, for a while or for ever",
  access: {},
  params: z.object({ seconds: z.number().optional() }),
  timeout: "60s",
  async run({ params, progress }) {
    progress({ blocking: true });
    // Until the flight recorder has had its turn, which comes once a second.
    await pause(2_000);
    const end = params.seconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + params.seconds * 1_000;
    while (Date.now() < end);
    return "came back";
  },
});
