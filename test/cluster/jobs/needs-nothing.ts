import { defineJob } from "errand";

export default defineJob({
  description: "Never speaks to the API server",
  access: {},
  run: () => "done",
});
