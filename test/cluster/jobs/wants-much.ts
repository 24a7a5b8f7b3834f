import { defineJob } from "errand";

export default defineJob({
  description: "Wants more processors than any node has",
  access: {},
  resources: { requests: { cpu: "900" }, limits: { cpu: "900" } },
  run: () => "never",
});
