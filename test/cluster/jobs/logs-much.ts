import { setTimeout as pause } from "node:timers/promises";
import { defineJob } from "errand";

export default defineJob({
  description: "Logs more than a node lets it keep",
  access: {},
  async run({ log, signal }) {
    for (let megabytes = 0; megabytes < 4; megabytes++) {
      for (let lines = 0; lines < 64; lines++) log.info("x".repeat(16_384));
      await pause(100);
    }
    // Longer than a test waits for the eviction.
    await pause(400_000, undefined, { signal });
  },
});
