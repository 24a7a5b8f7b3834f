import { beforeEach, describe, expect, it, vi } from "vitest";
import job from "../../jobs/pod-cleanup.ts";
import type { ObjectOf } from "../../runtime/kube/surface/kube.ts";
import type { Returned } from "../../runtime/kube/surface/objects.ts";
import { type Cluster, parseParams, runJob } from "./run-job.ts";

type Pod = Returned<ObjectOf<"pods">>;

const NOW = Date.parse("2027-03-01T12:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
  return () => vi.useRealTimers();
});

function minutesAgo(minutes: number): string {
  return new Date(NOW - minutes * 60_000).toISOString();
}

interface PodDetails {
  readonly metadata?: Partial<Pod["metadata"]>;
  readonly status?: Pod["status"];
}

/** A pod that was created two days ago and ended this many minutes ago. */
function ended(name: string, minutes: number, { metadata, status }: PodDetails = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...{ name, namespace: "shop", uid: name, resourceVersion: "1", creationTimestamp: minutesAgo(2_880) },
      ...metadata,
    },
    spec: { containers: [{ name: "main" }] },
    status: {
      phase: "Succeeded",
      containerStatuses: [
        {
          name: "main",
          image: "node",
          imageID: "",
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode: 0, finishedAt: minutesAgo(minutes) } },
        },
      ],
      ...status,
    },
  };
}

function ownedBy(kind: string, controller = true): PodDetails {
  return { metadata: { ownerReferences: [{ apiVersion: "v1", kind, name: "owner", uid: "owner", controller }] } };
}

function clean(pods: readonly Pod[], options: Omit<Cluster, "objects"> = {}) {
  return runJob(job, { objects: { pods }, ...options });
}

describe("pod-cleanup", () => {
  it.each([
    ["TerminationByKubelet", "True", "evicted"],
    ["EvictionByEvictionAPI", "True", "evicted"],
    ["DeletionByTaintManager", "True", "evicted"],
    ["PreemptionByScheduler", "True", "evicted"],
    ["DeletionByPodGC", "True", "evicted"],
    ["TerminationByKubelet", "False", "failed"],
  ] as const)("takes a pod with the condition %s=%s and no reason as %s", async (reason, status, ending) => {
    const conditions = [
      { type: "PodScheduled", status: "True", lastTransitionTime: minutesAgo(61) },
      { type: "DisruptionTarget", status, reason, lastTransitionTime: minutesAgo(61) },
    ];
    const pod = ended("taken", 61, { status: { phase: "Failed", conditions } });
    const others = (["evicted", "failed"] as const).filter((each) => each !== ending);
    expect((await clean([pod], { params: { remove: others } })).deleted).toEqual([]);
    expect((await clean([pod], { params: { remove: [ending] } })).result).toMatchObject({ removed: { [ending]: 1 } });
  });

  it("deletes pods that succeeded, failed or were evicted long enough ago", async () => {
    const { deleted, result } = await clean([
      ended("done", 61),
      ended("broken", 61, { status: { phase: "Failed", reason: "Error" } }),
      ended("evicted", 61, { status: { phase: "Failed", reason: "Evicted" } }),
    ]);
    expect(deleted).toEqual(["done", "broken", "evicted"]);
    expect(result).toEqual({
      deleted: 3,
      changed: 0,
      gone: 0,
      removed: { succeeded: 1, failed: 1, evicted: 1 },
      kept: {},
    });
  });

  it("leaves running pods alone", async () => {
    const { deleted, lists } = await clean([
      ended("running", 61, { status: { phase: "Running" } }),
      ended("pending", 61, { status: { phase: "Pending" } }),
      ended("unknown", 61, { status: { phase: "Unknown" } }),
    ]);
    expect(deleted).toEqual([]);
    expect(lists).toEqual([
      {
        resource: "pods",
        options: { fieldSelector: "status.phase!=Running,status.phase!=Pending,status.phase!=Unknown" },
      },
    ]);
  });

  it("checks the phase itself when the server lists more than was asked for", async () => {
    const { deleted } = await clean([ended("odd", 61, { status: { phase: "Unheard" as "Unknown" } })]);
    expect(deleted).toEqual([]);
  });

  it("keeps a pod that ended recently, however long ago it was created", async () => {
    const { deleted, result } = await clean([ended("young", 59), ended("old", 61)]);
    expect(deleted).toEqual(["old"]);
    expect(result).toMatchObject({ kept: { young: 1 } });
  });

  it("takes the age from olderThan", async () => {
    const { deleted } = await clean([ended("a", 59), ended("b", 89), ended("c", 91)], {
      params: { olderThan: "1h30m" },
    });
    expect(deleted).toEqual(["c"]);
  });

  it("counts from the end of the last container", async () => {
    const pod = ended("two", 300);
    const [first] = pod.status.containerStatuses ?? [];
    if (first === undefined) throw new Error("the pod has a container");
    pod.status.containerStatuses?.unshift({
      ...first,
      name: "late",
      state: { terminated: { exitCode: 1, finishedAt: minutesAgo(10) } },
    });
    expect((await clean([pod])).deleted).toEqual([]);
  });

  it("counts from the end of an init container when no other container started", async () => {
    const { containerStatuses, ...status } = ended("init", 10).status;
    const pod = ended("init", 10, {
      status: { ...status, phase: "Failed", initContainerStatuses: containerStatuses ?? [] },
    });
    delete pod.status.containerStatuses;
    expect((await clean([pod])).deleted).toEqual([]);
  });

  it("counts from the last change of its conditions when no container has an end", async () => {
    const evicted = (name: string, minutes: number) => {
      const pod = ended(name, 0, {
        status: {
          phase: "Failed",
          reason: "Evicted",
          conditions: [
            { type: "PodScheduled", status: "True", lastTransitionTime: minutesAgo(2_000) },
            { type: "DisruptionTarget", status: "True", lastTransitionTime: minutesAgo(minutes) },
          ],
        },
      });
      delete pod.status.containerStatuses;
      return pod;
    };
    expect((await clean([evicted("young", 5), evicted("old", 61)])).deleted).toEqual(["old"]);
  });

  it("counts from its creation when nothing else is known", async () => {
    const pod = ended("bare", 0, { status: { phase: "Failed" } });
    delete pod.status.containerStatuses;
    expect((await clean([pod])).deleted).toEqual(["bare"]);
    pod.metadata.creationTimestamp = minutesAgo(5);
    expect((await clean([pod])).deleted).toEqual([]);
  });

  it("deletes only what remove names", async () => {
    const { deleted, result } = await clean(
      [ended("done", 61), ended("evicted", 61, { status: { phase: "Failed", reason: "Evicted" } })],
      { params: { remove: ["evicted"] } },
    );
    expect(deleted).toEqual(["evicted"]);
    expect(result).toMatchObject({ kept: { notChosen: 1 } });
  });

  it.each([
    ["", "kept"],
    ["true", "kept"],
    ["until the audit", "kept"],
    ["false", "deleted"],
  ])("is kept or deleted when its annotation says %j: %s", async (value, expected) => {
    const pod = ended("pod", 61, { metadata: { annotations: { "errand/keep": value } } });
    const { deleted, result } = await clean([pod]);
    expect(deleted).toEqual(expected === "deleted" ? ["pod"] : []);
    expect(result).toMatchObject({ kept: expected === "kept" ? { annotated: 1 } : {} });
  });

  it("uses the annotation that keepAnnotation names", async () => {
    const { deleted } = await clean(
      [
        ended("a", 61, { metadata: { annotations: { "example.org/hold": "yes" } } }),
        ended("b", 61, { metadata: { annotations: { "errand/keep": "yes" } } }),
      ],
      { params: { keepAnnotation: "example.org/hold" } },
    );
    expect(deleted).toEqual(["b"]);
  });

  it("keeps pods of Jobs, and so the reports of runs, by default", async () => {
    const { deleted, result } = await clean([
      ended("of-job", 61, ownedBy("Job")),
      ended("of-set", 61, ownedBy("ReplicaSet")),
      ended("related", 61, ownedBy("Job", false)),
    ]);
    expect(deleted).toEqual(["of-set", "related"]);
    expect(result).toMatchObject({ kept: { owned: 1 } });
  });

  it("keeps pods of the kinds that keepOwners names", async () => {
    const { deleted } = await clean([ended("of-job", 61, ownedBy("Job")), ended("of-set", 61, ownedBy("ReplicaSet"))], {
      params: { keepOwners: ["ReplicaSet"] },
    });
    expect(deleted).toEqual(["of-job"]);
  });

  it("leaves alone a pod that is already being deleted", async () => {
    const { deleted, result } = await clean([ended("leaving", 61, { metadata: { deletionTimestamp: minutesAgo(1) } })]);
    expect(deleted).toEqual([]);
    expect(result).toMatchObject({ kept: { terminating: 1 } });
  });

  it("leaves the rest to the next run when max is reached", async () => {
    const pods = ["a", "b", "c", "d"].map((name) => ended(name, 61));
    const { deleted, result } = await clean(pods, { params: { max: 2 } });
    expect(deleted).toEqual(["a", "b"]);
    expect(result).toMatchObject({ deleted: 2, kept: { overMax: 2 } });
  });

  it("counts separately pods that changed or were gone meanwhile", async () => {
    const pods = ["a", "b", "c"].map((name) => ended(name, 61));
    const { result, messages } = await clean(pods, { answers: { a: "changed", b: "gone" } });
    expect(result).toMatchObject({ deleted: 1, changed: 1, gone: 1, removed: { succeeded: 1 } });
    expect(messages).toEqual(["deleted c"]);
  });

  it("reports progress while it deletes", async () => {
    const { progress } = await clean(["a", "b"].map((name) => ended(name, 61)));
    expect(progress).toEqual([
      { deleted: 1, changed: 0, gone: 0 },
      { deleted: 2, changed: 0, gone: 0 },
    ]);
  });

  it("says what it would do in a dry run", async () => {
    const { messages } = await clean([ended("a", 61)], { dryRun: true });
    expect(messages).toEqual(["would delete a"]);
  });

  it("passes selectors on to the server", async () => {
    const { lists } = await clean([], {
      params: { labelSelector: "app=web", fieldSelector: "spec.nodeName=node-1" },
    });
    expect(lists[0]?.options).toEqual({
      labelSelector: "app=web",
      fieldSelector: "status.phase!=Running,status.phase!=Pending,status.phase!=Unknown,spec.nodeName=node-1",
    });
  });

  it.each([
    [{ olderThan: "60" }, "write numbers with units"],
    [{ olderThan: "" }, "write numbers with units"],
    [{ remove: [] }, ">=1"],
    [{ remove: ["running"] }, "evicted"],
    [{ max: 0 }, ">=1"],
    [{ max: 1.5 }, "int"],
  ])("refuses the params %j", async (params, message) => {
    await expect(parseParams(job, params)).rejects.toThrow(message);
  });
});
