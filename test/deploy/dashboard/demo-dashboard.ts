import type { Cluster } from "../../../deploy/cluster/connect.ts";
import { dashboard } from "../../../deploy/dashboard/app.tsx";
import { demoRuns } from "../../../deploy/embedded/demo-runs.ts";
import { connectTo } from "../../../deploy/embedded/deploy-and-trigger.ts";
import { liveSource } from "../../../deploy/source/live-source.ts";
import { startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";

export const NAMESPACE = "team-a";

/** A Monday, at a time when nothing is due. */
export const NOW = new Date("2026-11-30T14:41:07Z");

/** What whoever may write an annotation could put on a page. */
export const HOSTILE = `<script>alert(1)</script>"'&\u202e`;

export interface DemoDashboard extends AsyncDisposable {
  readonly app: ReturnType<typeof dashboard>;
  readonly connected: Cluster;
}

/** The pages over a fortnight of runs on an embedded cluster. @param options.isHostile one of its jobs has a hostile description. Default: true */
export async function startDemoDashboard({ isHostile = true } = {}): Promise<DemoDashboard> {
  const cluster = await startEmbeddedCluster();
  const { objects, logs } = demoRuns(NAMESPACE, NOW.getTime());
  const [first, ...others] = objects;
  const annotations = { "kubernetes.io/description": HOSTILE };
  const shown = { ...first, metadata: { ...first?.metadata, ...(isHostile ? { annotations } : {}) } };
  cluster.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }, shown, ...others]);
  for (const [pod, lines] of logs) for (const line of lines) cluster.logs.append(pod, line);
  const connected = connectTo(cluster, NAMESPACE);
  return {
    app: dashboard(liveSource(connected, NAMESPACE, { clock: () => NOW }), { now: () => NOW }),
    connected,
    [Symbol.asyncDispose]: async () => {
      await connected[Symbol.asyncDispose]();
      await cluster.close();
    },
  };
}
