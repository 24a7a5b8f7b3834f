import { connectTo } from "../../../deploy/embedded/deploy-and-trigger.ts";
import { liveSource } from "../../../deploy/source/live-source.ts";
import { startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { holdsContract } from "./contract.ts";

holdsContract("the live cluster", async ({ now, objects, logs }) => {
  const cluster = await startEmbeddedCluster();
  cluster.applyObjects(objects);
  for (const [pod, lines] of logs) for (const line of lines) cluster.logs.append(pod, line);
  const connected = connectTo(cluster, "shop");
  return {
    sourceOf: (namespace) => liveSource(connected, namespace, { clock: () => now }),
    [Symbol.asyncDispose]: async () => {
      await connected[Symbol.asyncDispose]();
      await cluster.close();
    },
  };
});
