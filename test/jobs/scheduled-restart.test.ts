import { describe, expect, it } from "vitest";
import scheduledRestart from "../../jobs/scheduled-restart.ts";
import { type EmbeddedCluster, runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

const LABELS = { "errand/restart": "scheduled" };
const READY = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
const DAEMONS = { observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };

interface Details {
  readonly kind?: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}

/** A workload that is ready. */
function workload(name: string, { kind = "Deployment", metadata, spec, status }: Details = {}) {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "shop", generation: 1, labels: LABELS, ...metadata },
    spec: { ...(kind === "DaemonSet" ? {} : { replicas: 2 }), template: { metadata: {} }, ...spec },
    status: status ?? (kind === "DaemonSet" ? DAEMONS : READY),
  };
}

/** Runs the job; what it restarts becomes ready at once, unless it is named. */
async function restart(workloads: readonly ReturnType<typeof workload>[], stuck?: string) {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(workloads);
  const report = await runJob(scheduledRestart, cluster, {
    namespace: "shop",
    params: { readyWithin: "1s" },
    onLine: (line) => {
      const [, name] = /"message":"restarted \w+\/([\w-]+)"/.exec(line) ?? [];
      if (name !== undefined && name !== stuck) becomeReady(cluster, name);
    },
  });
  return report;
}

function becomeReady(cluster: EmbeddedCluster, name: string): void {
  const resources = ["deployments", "statefulsets", "daemonsets"].map((plural) =>
    cluster.resourceOf("apps/v1", { deployments: "Deployment", statefulsets: "StatefulSet" }[plural] ?? "DaemonSet"),
  );
  for (const resource of resources) {
    const object = cluster.store.get(resource, "shop", name);
    if (object === undefined) continue;
    const { generation = 1 } = object.metadata;
    const ready = resource.resource === "daemonsets" ? DAEMONS : READY;
    cluster.applyObjects([{ ...object, status: { ...ready, observedGeneration: generation } } as never]);
  }
}

describe("scheduled-restart", () => {
  it("restarts workloads of each kind in sequence, waiting until each is ready", async () => {
    const report = await restart([
      workload("web"),
      workload("db", { kind: "StatefulSet" }),
      workload("agent", { kind: "DaemonSet" }),
      workload("other", { metadata: { labels: {} } }),
    ]);
    expect(report).toMatchObject({
      outcome: "succeeded",
      result: { restarted: ["Deployment/web", "StatefulSet/db", "DaemonSet/agent"], skipped: {} },
      mutations: { patch: { "deployments.apps": 1, "statefulsets.apps": 1, "daemonsets.apps": 1 } },
    });
  });

  it("stops at the first that does not become ready", async () => {
    const report = await restart([workload("a"), workload("b"), workload("c")], "b");
    expect(report).toMatchObject({
      outcome: "failed",
      error: { reason: "WaitTimeout" },
      progress: { restarted: 2, waitsFor: "Deployment/b" },
      mutations: { patch: { "deployments.apps": 2 } },
    });
  });

  it("skips what is paused, empty, protected, unhealthy or restarted by others", async () => {
    const report = await restart([
      workload("paused", { spec: { paused: true } }),
      workload("empty", { spec: { replicas: 0 } }),
      workload("kept", { metadata: { annotations: { "errand/keep": "yes" } } }),
      workload("broken", { status: { ...READY, availableReplicas: 1 } }),
      workload("rolling", { metadata: { generation: 2 } }),
      workload("by-hand", { kind: "DaemonSet", spec: { updateStrategy: { type: "OnDelete" } } }),
    ]);
    expect(report).toMatchObject({
      outcome: "succeeded",
      result: { restarted: [], skipped: { paused: 1, empty: 1, annotated: 1, notReady: 2, onDelete: 1 } },
      mutations: {},
    });
  });
});
