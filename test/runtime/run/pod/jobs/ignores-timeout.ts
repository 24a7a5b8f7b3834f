import { setInterval } from "node:timers";
import { defineJob } from "../../../../../runtime/index.ts";

export default defineJob({
  access: {},
  timeout: "100ms",
  run: () => {
    setInterval(() => {}, 1_000);
    return new Promise(() => {});
  },
});
