import { setTimeout as pause } from "node:timers/promises";
import { defineJob } from "errand";

export default defineJob({
  description: "Computes without ever letting its event loop turn",
  access: {},
  async run() {
    // After the first probe: before it the kubelet would wait for the start, and take longer.
    await pause(5_000);
    for (;;);
  },
});
