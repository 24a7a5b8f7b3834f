import { describe, expect, it } from "vitest";
import volumeReport from "../../jobs/volume-report.ts";
import { type KubeObject, runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");
}

function claim(name: string, days = 30): KubeObject {
  const spec = { storageClassName: "ssd", resources: { requests: { storage: "10Gi" } } };
  const metadata = { name, namespace: "shop", creationTimestamp: daysAgo(days) };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec } as KubeObject;
}

function volume(
  name: string,
  phase: string,
  days = 30,
  annotations: Readonly<Record<string, string>> = {},
): KubeObject {
  const metadata = { name, annotations, creationTimestamp: daysAgo(90) };
  const spec = { storageClassName: "ssd", capacity: { storage: "20Gi" } };
  const status = { phase, lastPhaseTransitionTime: daysAgo(days) };
  return { apiVersion: "v1", kind: "PersistentVolume", metadata, spec, status } as KubeObject;
}

function podSpec(volumes: readonly object[]) {
  return { containers: [{ name: "main", image: "web" }], volumes };
}

const mounts = (claimName: string) => podSpec([{ name: "data", persistentVolumeClaim: { claimName } }]);

/** Pods and workloads, each of which uses a claim in another way. */
const USERS = [
  { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop" }, spec: mounts("mounted") },
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "job", namespace: "shop" },
    spec: podSpec([{ name: "scratch", ephemeral: { volumeClaimTemplate: {} } }]),
  },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db", namespace: "shop" },
    spec: { replicas: 0, volumeClaimTemplates: [{ metadata: { name: "data" } }] },
  },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "backup", namespace: "shop" },
    spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: { spec: mounts("backups") } } } },
  },
] as object[] as KubeObject[];

async function report(objects: readonly KubeObject[], params = {}) {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(objects);
  const { outcome, result, mutations } = await runJob(volumeReport, cluster, { params });
  return { outcome, mutations, result: result as { unusedClaims: { name: string }[]; deleted: string[] } };
}

describe("volume-report", () => {
  it("reports claims that nothing mounts or will mount, with age and size", async () => {
    const claims = ["unused", "mounted", "job-scratch", "data-db-0", "data-db-old", "backups"].map((name) =>
      claim(name),
    );
    const { result } = await report([...claims, claim("young", 1), ...USERS]);
    expect(result.unusedClaims.map(({ name }) => name).sort()).toEqual(["shop/data-db-old", "shop/unused"]);
    expect(result.unusedClaims[0]).toMatchObject({ storageClass: "ssd", size: "10Gi", unusedFor: "at most 30d" });
  });

  it("counts a claim as unused if its pod is in another namespace", async () => {
    const elsewhere = { ...USERS[0], metadata: { name: "web", namespace: "other" } } as KubeObject;
    const { result } = await report([claim("mounted"), elsewhere]);
    expect(result.unusedClaims).toHaveLength(1);
  });

  it("reports released volumes with their cost, and deletes none by default", async () => {
    const volumes = [volume("released", "Released"), volume("bound", "Bound"), volume("young", "Released", 1)];
    expect(await report([...volumes, claim("unused")], { pricePerGiB: 0.1 })).toMatchObject({
      outcome: "succeeded",
      mutations: {},
      result: { released: [{ name: "released", size: "20Gi", costPerMonth: 2 }], deleted: [], costPerMonth: 3 },
    });
    const kept = volume("kept", "Released", 30, { "errand/keep": "" });
    expect((await report([...volumes, kept], { removeReleased: true })).result.deleted).toEqual(["released"]);
  });
});
