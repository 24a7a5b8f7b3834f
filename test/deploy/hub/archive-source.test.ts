import { connectTo } from "../../../deploy/embedded/start-run.ts";
import { openArchive } from "../../../deploy/hub/archive/archive.ts";
import { archiveSource } from "../../../deploy/hub/archive/archive-source.ts";
import { Watcher } from "../../../deploy/hub/watch/watcher.ts";
import { startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { holdsContract } from "../source/contract.ts";

holdsContract("the hub's archive, filled by its watcher", async ({ now, objects, logs }) => {
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
  // The cluster is gone: whatever is read from now on is the archive's.
  return {
    sourceOf: (namespace) => archiveSource(archive, { namespace, clock: () => now }),
    [Symbol.asyncDispose]: async () => archive[Symbol.dispose](),
  };
});
