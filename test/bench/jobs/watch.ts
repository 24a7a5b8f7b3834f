import { defineJob } from "errand";

/** Reads the initial events of a watch up to SYNCED, in the way that is faster for this number. */
export default defineJob({
  access: { pods: ["list", "watch"] },
  async run({ kube }) {
    const seen = new Set<string>();
    for await (const event of kube.pods.watch({ sendInitialEvents: false })) {
      if (event.type === "SYNCED") break;
      seen.add(event.object.metadata.name);
    }
    return { count: seen.size };
  },
});
