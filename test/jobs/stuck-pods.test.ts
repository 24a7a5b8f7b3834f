import { describe, expect, it } from "vitest";
import stuckPods from "../../jobs/stuck-pods.ts";
import { runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+Z$/, "Z");
}

interface Details {
  readonly minutes?: number;
  readonly metadata?: object;
  readonly status?: object;
}

const OWNER = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true };

/** A pod whose container waits for this reason. */
function waiting(name: string, reason: string, { minutes = 60, metadata, status }: Details = {}) {
  const state = { waiting: { reason, message: `it says ${reason}` } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", ownerReferences: [OWNER], ...metadata },
    spec: { containers: [{ name: "main", image: "web" }] },
    status: {
      phase: "Pending",
      conditions: [{ type: "Ready", status: "False", lastTransitionTime: minutesAgo(minutes) }],
      containerStatuses: [{ name: "main", image: "", imageID: "", ready: false, restartCount: 3, state }],
      ...status,
    },
  };
}

async function look(pods: readonly ReturnType<typeof waiting>[], params = {}) {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(pods);
  const report = await runJob(stuckPods, cluster, { namespace: pods[0]?.metadata.namespace ?? "shop", params });
  const { stuck, evicted } = report.result as { stuck: { pod: string; trouble: string }[]; evicted: string[] };
  return { report, troubles: Object.fromEntries(stuck.map(({ pod, trouble }) => [pod, trouble])), evicted };
}

const unscheduled = {
  containerStatuses: [],
  conditions: [
    {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/3 nodes are available",
      lastTransitionTime: minutesAgo(60),
    },
  ],
};

describe("stuck-pods", () => {
  it("reports pods with each kind of problem, and changes nothing", async () => {
    const { report, troubles, evicted } = await look([
      waiting("a", "ImagePullBackOff"),
      waiting("b", "CrashLoopBackOff", { status: { phase: "Running" } }),
      waiting("c", "CreateContainerConfigError"),
      waiting("d", "", { status: unscheduled }),
      waiting("e", "", { metadata: { deletionTimestamp: minutesAgo(45), finalizers: ["example.com/wait"] } }),
      waiting("young", "ImagePullBackOff", { minutes: 5 }),
      waiting("starts", "ContainerCreating"),
    ]);
    expect(troubles).toEqual({
      "shop/a": "image",
      "shop/b": "crashing",
      "shop/c": "config",
      "shop/d": "pending",
      "shop/e": "terminating",
    });
    expect(evicted).toEqual([]);
    expect(report).toMatchObject({ outcome: "succeeded", mutations: {} });
    expect(JSON.stringify(report.result)).toContain("waits for its finalizers: example.com/wait");
    expect(JSON.stringify(report.result)).toContain("Unschedulable: 0/3 nodes are available");
  });

  it("evicts the chosen problems if a controller creates a new pod", async () => {
    const { report, evicted } = await look(
      [
        waiting("crashing", "CrashLoopBackOff"),
        waiting("image", "ErrImagePull"),
        waiting("bare", "CrashLoopBackOff", { metadata: { ownerReferences: [] } }),
        waiting("of-a-job", "CrashLoopBackOff", { metadata: { ownerReferences: [{ ...OWNER, kind: "Job" }] } }),
        waiting("of-a-workflow", "CrashLoopBackOff", {
          metadata: { ownerReferences: [{ ...OWNER, apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" }] },
        }),
        waiting("static", "CrashLoopBackOff", {
          metadata: { ownerReferences: [{ ...OWNER, apiVersion: "v1", kind: "Node" }] },
        }),
        waiting("kept", "CrashLoopBackOff", { metadata: { annotations: { "errand/keep": "" } } }),
      ],
      { evict: ["crashing"] },
    );
    expect(evicted).toEqual(["shop/crashing"]);
    expect(report).toMatchObject({ mutations: { delete: { pods: 1 } } });
  });

  it("evicts nothing in system namespaces, or beyond its limit", async () => {
    const system = waiting("dns", "CrashLoopBackOff", { metadata: { namespace: "kube-system" } });
    expect((await look([system], { evict: ["crashing"] })).evicted).toEqual([]);
    const many = Array.from({ length: 11 }, (_, index) => waiting(`web-${index}`, "CrashLoopBackOff"));
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects(many);
    const params = { evict: ["crashing"] };
    expect(await runJob(stuckPods, cluster, { namespace: "shop", params })).toMatchObject({
      outcome: "limited",
      mutations: {},
    });
  });
});
