import { setTimeout as pause } from "node:timers/promises";
import { defineJob } from "errand";

const CHUNK_BYTES = 4 * 1024 * 1024;

export default defineJob({
  description: "Takes more memory than its pod may have",
  access: { pods: ["list"] },
  resources: { requests: { memory: "64Mi" }, limits: { memory: "160Mi" } },
  async run({ progress }) {
    const taken: Buffer[] = [];
    progress({ eating: true });
    for (;;) {
      // Filled, because untouched memory is not resident; and slowly, because progress is recorded once a second.
      taken.push(Buffer.alloc(CHUNK_BYTES, 1));
      await pause(100);
    }
  },
});
