import { runJob } from "../../runtime/embedded/controllers/jobs.ts";
import { demoNamespace } from "../../runtime/embedded/demo/demo-namespace.ts";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../runtime/embedded/embedded-cluster.ts";
import { packageFolder } from "../build/package.ts";
import type { Cluster } from "../cluster/connect.ts";
import { renderManifests } from "../manifests/render.ts";
import { prepareJob } from "../project/prepare.ts";
import { applyManifests } from "../release/apply.ts";
import { DEFAULT_IMAGE } from "../settings/image.ts";
import { demoRuns } from "./demo-runs.ts";
import { connectTo } from "./deploy-and-trigger.ts";

/** Jobs of the library that are really deployed: when they are triggered, they run, on the demo's pods. */
const REAL_JOBS = ["pod-cleanup", "inventory"];

/** An embedded cluster with runs of the last two weeks. */
export interface DemoCluster extends AsyncDisposable {
  readonly connected: Cluster;
}

/**
 * Starts an embedded cluster that looks used: runs of every outcome, workloads, and two jobs that really run when they are triggered.
 *
 * @param namespace of everything in it
 */
export async function startDemoCluster(namespace: string): Promise<DemoCluster> {
  const cluster = await startEmbeddedCluster();
  const { objects, logs } = demoRuns(namespace, Date.now());
  cluster.applyObjects([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    ...objects,
    ...demoNamespace(namespace, Date.now()),
  ]);
  for (const [pod, lines] of logs) for (const line of lines) cluster.logs.append(pod, line);
  const connected = connectTo(cluster, namespace);
  for (const name of REAL_JOBS) {
    const job = await prepareJob(`${packageFolder()}jobs/${name}.ts`);
    await applyManifests(connected.client, renderManifests({ ...job, namespace, image: DEFAULT_IMAGE }));
  }
  const stop = new AbortController();
  const running = runNewJobs(cluster, connected, stop.signal);
  return {
    connected,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
      await connected[Symbol.asyncDispose]();
      await cluster.close();
    },
  };
}

/** Does the work of a Job controller and a kubelet for each Job that is created from now on. */
async function runNewJobs(
  cluster: EmbeddedCluster,
  { client, namespace }: Cluster,
  signal: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<unknown>>();
  try {
    for await (const event of client.kube.inNamespace(namespace).jobs.watch({ signal })) {
      if (event.type !== "ADDED" || event.object.status?.startTime !== undefined) continue;
      const run = runJob(cluster, namespace, event.object.metadata.name, { signal }).catch(() => {});
      running.add(run);
      void run.finally(() => running.delete(run));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await Promise.all(running);
}
