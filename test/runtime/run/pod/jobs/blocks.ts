import { defineJob } from "../../../../../runtime/index.ts";

export default defineJob({
  access: {},
  run({ progress }) {
    for (let done = 1; ; done += 1) progress({ done });
  },
});
