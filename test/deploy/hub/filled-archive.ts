import { connectTo } from "../../../deploy/embedded/deploy-and-trigger.ts";
import { type Archive, openArchive } from "../../../deploy/hub/archive/archive.ts";
import { Watcher } from "../../../deploy/hub/watch/watcher.ts";
import { startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import type { ContractData } from "../source/contract-data.ts";

/** An archive that a watcher filled from a cluster that is gone by then: whatever is read from it is the archive's. */
export async function filledArchive({ now, objects, logs }: ContractData): Promise<Archive> {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(objects);
  for (const [pod, lines] of logs) for (const line of lines) cluster.logs.append(pod, line);
  await using connected = connectTo(cluster, "shop");
  const archive = openArchive(":memory:", { now: () => now });
  const stop = new AbortController();
  const watcher = new Watcher(connected.client, archive, {
    ...{ namespaces: undefined, allCronJobs: false, now: () => now, signal: stop.signal },
    onProblem: (text) => {
      throw new Error(text);
    },
  });
  const ended = new Promise<void>((resolve, reject) => {
    watcher
      .watch(async () => {
        await watcher.idle();
        stop.abort();
      })
      .then(resolve, reject);
  });
  await ended;
  return archive;
}
