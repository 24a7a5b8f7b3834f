import { describe, expect, it } from "vitest";
import job from "../../jobs/inventory.ts";
import type { ObjectOf } from "../../runtime/kube/surface/kube.ts";
import type { Returned } from "../../runtime/kube/surface/objects.ts";
import { type Cluster, runJob } from "./run-job.ts";

type Pod = Returned<ObjectOf<"pods">>;
type Container = Pod["spec"]["containers"][number];
type Resources = NonNullable<Container["resources"]>;

const NOTHING = {
  pods: [],
  deployments: [],
  replicasets: [],
  statefulsets: [],
  daemonsets: [],
  jobs: [],
  cronjobs: [],
};

function metadata(name: string, owner?: { readonly kind: string; readonly name: string }): Pod["metadata"] {
  return {
    name,
    uid: `uid-${name}`,
    namespace: "shop",
    resourceVersion: "1",
    creationTimestamp: "2027-03-01T12:00:00Z",
    ...(owner && { ownerReferences: [{ apiVersion: "v1", ...owner, uid: `uid-${owner.name}`, controller: true }] }),
  };
}

function container(resources: Resources = {}, details: Partial<Container> = {}): Container {
  return { name: "main", image: "node:26", resources, ...details };
}

interface PodDetails {
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly spec?: Partial<Pod["spec"]>;
  readonly status?: Pod["status"];
}

function pod(name: string, { owner, spec, status }: PodDetails = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: metadata(name, owner),
    spec: { containers: [container()], ...spec },
    status: status ?? { phase: "Running" },
  };
}

function take(objects: Cluster["objects"], params: Cluster["params"] = {}) {
  return runJob(job, { objects: { ...NOTHING, ...objects }, params });
}

function requests(cpu: string, memory: string): Resources {
  return { requests: { cpu, memory } };
}

async function totalOf(spec: Partial<Pod["spec"]>): Promise<unknown> {
  const { result } = await take({ pods: [pod("one", { spec })] });
  const { requests, limits } = (result as { total: { requests: unknown; limits: unknown } }).total;
  return { requests, limits };
}

describe("inventory", () => {
  it("counts nothing in an empty namespace", async () => {
    const { result } = await take({});
    expect(result).toEqual({
      workloads: { deployments: 0, statefulsets: 0, daemonsets: 0, jobs: 0, cronjobs: 0 },
      phases: {},
      groups: {},
      total: { pods: 0, running: 0, restarts: 0, requests: {}, limits: {}, images: {} },
    });
  });

  it("counts workloads by kind and pods by phase", async () => {
    const { result } = await take({
      deployments: [{ metadata: metadata("web") }, { metadata: metadata("api") }],
      cronjobs: [{ metadata: metadata("backup") }],
      pods: [pod("a"), pod("b", { status: { phase: "Failed" } }), pod("c", { status: {} })],
    });
    expect(result).toMatchObject({
      workloads: { deployments: 2, statefulsets: 0, daemonsets: 0, jobs: 0, cronjobs: 1 },
      phases: { Running: 1, Failed: 1, Unknown: 1 },
    });
  });

  it("groups pods by their top-level workload", async () => {
    const { result } = await take({
      replicasets: [
        { metadata: metadata("web-1", { kind: "Deployment", name: "web" }) },
        { metadata: metadata("lone") },
      ],
      jobs: [{ metadata: metadata("backup-7", { kind: "CronJob", name: "backup" }) }, { metadata: metadata("once") }],
      pods: [
        pod("web-1-a", { owner: { kind: "ReplicaSet", name: "web-1" } }),
        pod("web-1-b", { owner: { kind: "ReplicaSet", name: "web-1" } }),
        pod("lone-a", { owner: { kind: "ReplicaSet", name: "lone" } }),
        pod("backup-7-a", { owner: { kind: "Job", name: "backup-7" } }),
        pod("once-a", { owner: { kind: "Job", name: "once" } }),
        pod("db-0", { owner: { kind: "StatefulSet", name: "db" } }),
        pod("bare"),
      ],
    });
    const { groups } = result as { groups: Record<string, { pods: number }> };
    expect(Object.entries(groups).map(([name, group]) => [name, group.pods])).toEqual([
      ["CronJob/backup", 1],
      ["Deployment/web", 2],
      ["Job/once", 1],
      ["Pod/bare", 1],
      ["ReplicaSet/lone", 1],
      ["StatefulSet/db", 1],
    ]);
  });

  it("groups pods by namespace when groupBy says so", async () => {
    const { result } = await take({ pods: [pod("a"), pod("b")] }, { groupBy: "namespace" });
    expect(result).toMatchObject({ groups: { shop: { pods: 2 } } });
  });

  it("counts restarts, running pods, and the containers of each image", async () => {
    const status = { name: "main", image: "", imageID: "", ready: true };
    const { result } = await take({
      pods: [
        pod("a", {
          spec: {
            initContainers: [container({}, { name: "init", image: "busybox:1" })],
            containers: [container(), container({}, { name: "proxy", image: "envoy:1" })],
          },
          status: {
            phase: "Running",
            initContainerStatuses: [{ ...status, restartCount: 1 }],
            containerStatuses: [{ ...status, restartCount: 2 }],
          },
        }),
        pod("b", { status: { phase: "Pending" } }),
      ],
    });
    expect(result).toMatchObject({
      total: { pods: 2, running: 1, restarts: 3, images: { "busybox:1": 1, "envoy:1": 1, "node:26": 2 } },
    });
  });

  it("adds up requests and limits exactly", async () => {
    const spec = {
      containers: [
        container({ requests: { cpu: "100m", memory: "0.5Gi" }, limits: { cpu: "1", "nvidia.com/gpu": "1" } }),
        container({ requests: { cpu: "0.2", memory: "256Mi" } }),
      ],
    };
    expect(await totalOf(spec)).toEqual({
      requests: { cpu: "300m", memory: "768Mi" },
      limits: { cpu: "1", "nvidia.com/gpu": "1" },
    });
  });

  it("counts an init container that alone needs more than the rest", async () => {
    const spec = {
      initContainers: [container(requests("2", "64Mi")), container(requests("500m", "1Gi"))],
      containers: [container(requests("1", "128Mi"))],
    };
    expect(await totalOf(spec)).toMatchObject({ requests: { cpu: "2", memory: "1Gi" } });
  });

  it("counts a sidecar with the containers, and with the init containers after it", async () => {
    const sidecar = container(requests("500m", "64Mi"), { restartPolicy: "Always" });
    const init = container(requests("2", "64Mi"));
    const containers = [container(requests("1", "128Mi"))];
    expect(await totalOf({ initContainers: [sidecar, init], containers })).toMatchObject({
      requests: { cpu: "2500m", memory: "192Mi" },
    });
    expect(await totalOf({ initContainers: [init, sidecar], containers })).toMatchObject({
      requests: { cpu: "2", memory: "192Mi" },
    });
  });

  it("uses the amounts of the pod as a whole when it declares them", async () => {
    const spec = { resources: requests("3", "2Gi"), containers: [container(requests("1", "1Gi"))] };
    expect(await totalOf(spec)).toMatchObject({ requests: { cpu: "3", memory: "2Gi" } });
  });

  it("adds the overhead of the runtime class to requests, and to limits where there are any", async () => {
    const spec = {
      overhead: { cpu: "250m", memory: "100Mi" },
      containers: [container({ requests: { cpu: "1" }, limits: { memory: "1Gi" } })],
    };
    expect(await totalOf(spec)).toEqual({
      requests: { cpu: "1250m", memory: "100Mi" },
      limits: { memory: "1124Mi" },
    });
  });

  it("counts no requests when a pod has ended", async () => {
    const spec = { containers: [container(requests("1", "1Gi"))] };
    const { result } = await take({ pods: [pod("a", { spec, status: { phase: "Succeeded" } })] });
    expect(result).toMatchObject({ total: { pods: 1, requests: {}, images: { "node:26": 1 } } });
  });

  it("logs the groups as a table by default", async () => {
    const pods = [
      pod("a", { spec: { containers: [container(requests("100m", "1Gi"))] } }),
      pod("longer-name", { spec: { containers: [container({ limits: { cpu: "2" } })] } }),
    ];
    const { messages } = await take({ pods });
    expect(messages).toEqual([
      "OWNER            PODS  RUNNING  RESTARTS  CPU   CPU LIMIT  MEMORY  MEMORY LIMIT  IMAGES",
      "Pod/a            1     1        0         100m  -          1Gi     -             1",
      "Pod/longer-name  1     1        0         -     2          -       -             1",
      "TOTAL            2     2        0         100m  2          1Gi     -             1",
    ]);
    expect((await take({ pods }, { table: false })).messages).toEqual([]);
  });

  it("selects pods and workloads by labels, but not the objects between them", async () => {
    const { lists } = await take({}, { labelSelector: "team=web" });
    const selected = lists
      .filter(({ options }) => options.labelSelector === "team=web")
      .map(({ resource }) => resource);
    expect(selected.sort()).toEqual(["cronjobs", "daemonsets", "deployments", "jobs", "pods", "statefulsets"]);
    expect(lists.filter(({ options }) => options.labelSelector === undefined).map(({ resource }) => resource)).toEqual([
      "replicasets",
      "jobs",
    ]);
  });

  it("reports progress while it reads pods", async () => {
    const { progress } = await take({ pods: [pod("a"), pod("b")] });
    expect(progress).toEqual([{ pods: 1 }, { pods: 2 }]);
  });
});
