import { describe, expect, it } from "vitest";
import jobCleanup from "../../jobs/job-cleanup.ts";
import { runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

const HOUR_MS = 3_600_000;

function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * HOUR_MS).toISOString().replace(/\.\d+Z$/, "Z");
}

interface Details {
  readonly metadata?: object;
  readonly spec?: object;
  readonly type?: "Complete" | "Failed" | "Suspended";
  readonly status?: "True" | "False";
}

/** A Job that ended this many hours ago. */
function ended(name: string, hours: number, { metadata, spec, type = "Complete", status = "True" }: Details = {}) {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "shop", creationTimestamp: hoursAgo(hours + 48), ...metadata },
    spec: { template: { spec: { restartPolicy: "Never", containers: [] } }, ...spec },
    status: { conditions: [{ type, status, lastTransitionTime: hoursAgo(hours) }] },
  };
}

const owner = { apiVersion: "batch/v1", kind: "CronJob", name: "backup", uid: "1", controller: true };

async function clean(jobs: readonly ReturnType<typeof ended>[], params = {}, dryRun = false) {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(jobs);
  const namespace = jobs[0]?.metadata.namespace ?? "shop";
  const report = await runJob(jobCleanup, cluster, { namespace, params, dryRun });
  const resource = cluster.resourceOf("batch/v1", "Job");
  const names = jobs.map(({ metadata }) => metadata.name);
  return { report, left: names.filter((name) => cluster.store.get(resource, namespace, name) !== undefined) };
}

describe("job-cleanup", () => {
  it("deletes Jobs that completed or failed long enough ago, with their pods", async () => {
    const { report, left } = await clean([
      ended("old", 25),
      ended("failed", 25, { type: "Failed" }),
      ended("young", 23),
      ended("runs", 25, { status: "False" }),
      ended("waits", 25, { type: "Suspended" }),
    ]);
    expect(left).toEqual(["young", "runs", "waits"]);
    expect(report).toMatchObject({ outcome: "succeeded", result: { deleted: 2, kept: { young: 1, running: 2 } } });
  });

  it("keeps Jobs that something else removes, or that are protected", async () => {
    const { report } = await clean([
      ended("ttl", 99, { spec: { ttlSecondsAfterFinished: 0 } }),
      ended("cron", 99, { metadata: { ownerReferences: [owner] } }),
      ended("kept", 99, { metadata: { annotations: { "errand/keep": "" } } }),
      ended("not-kept", 99, { metadata: { annotations: { "errand/keep": "false" } } }),
    ]);
    expect(report).toMatchObject({ result: { deleted: 1, kept: { hasTtl: 1, owned: 1, annotated: 1 } } });
  });

  it("deletes a Job whose owner is gone or does not control it", async () => {
    const { report } = await clean([
      ended("loose", 99, { metadata: { ownerReferences: [{ ...owner, controller: false }] } }),
    ]);
    expect(report).toMatchObject({ result: { deleted: 1 } });
  });

  it("keeps failed Jobs and stops at max if told to, and deletes nothing in a dry run", async () => {
    const jobs = [ended("a", 99), ended("b", 99), ended("c", 99, { type: "Failed" })];
    expect((await clean(jobs, { keepFailed: true, max: 1 })).report).toMatchObject({
      result: { deleted: 1, kept: { failed: 1, overMax: 1 } },
    });
    const dry = await clean(jobs, {}, true);
    expect(dry.report).toMatchObject({ outcome: "succeeded", dryRun: true, result: { deleted: 3 } });
    expect(dry.left).toEqual(["a", "b", "c"]);
  });

  it("skips system namespaces, and deletes nothing beyond its limit", async () => {
    const system = ended("old", 99, { metadata: { namespace: "kube-system" } });
    expect((await clean([system])).report).toMatchObject({ result: { deleted: 0, kept: { system: 1 } } });
    const many = Array.from({ length: 101 }, (_, index) => ended(`job-${index}`, 99));
    const { report, left } = await clean(many);
    expect(report).toMatchObject({ outcome: "limited", mutations: {} });
    expect(left).toHaveLength(101);
  });
});
