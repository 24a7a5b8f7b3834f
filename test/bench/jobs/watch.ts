import { defineJob } from "errand";

/** Takes the events with which a watch tells what is there, until it says that it has told all; read in the way that is the faster one for so many. */
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
