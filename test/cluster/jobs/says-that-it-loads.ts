import { defineJob } from "errand";

console.log("a line of the job ran");

export default defineJob({
  description: "Shows whether anything of it ran, its file included",
  access: {},
  run: () => "done",
});
