import { describe, expect, it } from "vitest";
import copyConfig from "../../jobs/copy-config.ts";
import { type EmbeddedCluster, type KubeObject, runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

const COPIED = { "errand/copied-from": "shop/shared-config" };

function namespace(name: string, labels: Readonly<Record<string, string>> = { "errand/copy": "true" }) {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

function config(place: string, data: object, annotations: Readonly<Record<string, string>> = {}) {
  const metadata = { name: "shared-config", namespace: place, annotations };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

function dataIn(cluster: EmbeddedCluster, place: string): unknown {
  return cluster.store.get(cluster.resourceOf("v1", "ConfigMap"), place, "shared-config")?.data;
}

async function copy(objects: readonly KubeObject[], params = {}) {
  const cluster = await startEmbeddedCluster();
  cluster.applyObjects(objects);
  const report = await runJob(copyConfig, cluster, { namespace: "shop", params });
  return { cluster, report };
}

describe("copy-config", () => {
  it("copies into the chosen namespaces, updates copies, and is idempotent", async () => {
    const { cluster, report } = await copy([
      ...["shop", "team-a", "team-b", "team-c"].map((name) => namespace(name)),
      namespace("other", {}),
      namespace("kube-system"),
      config("shop", { color: "blue" }),
      config("team-b", { color: "red", size: "L" }, { ...COPIED, team: "b" }),
      config("team-c", { color: "blue" }, COPIED),
    ]);
    await using _closed = cluster;
    expect(report).toMatchObject({
      outcome: "succeeded",
      result: { created: 1, updated: 1, unchanged: 1, strangers: [] },
    });
    for (const place of ["team-a", "team-b", "team-c"]) expect(dataIn(cluster, place)).toEqual({ color: "blue" });
    expect(dataIn(cluster, "other")).toBeUndefined();
    expect(dataIn(cluster, "kube-system")).toBeUndefined();
    expect(await runJob(copyConfig, cluster, { namespace: "shop" })).toMatchObject({
      result: { created: 0, updated: 0, unchanged: 3 },
      mutations: {},
    });
  });

  it("skips objects with the same name that are not copies, and its source", async () => {
    const { cluster, report } = await copy([
      namespace("shop"),
      namespace("team-a"),
      config("shop", { color: "blue" }),
      config("team-a", { color: "red" }, { "errand/copied-from": "elsewhere/shared-config" }),
    ]);
    await using _closed = cluster;
    expect(report).toMatchObject({ outcome: "succeeded", result: { strangers: ["team-a"] }, mutations: {} });
    expect(dataIn(cluster, "team-a")).toEqual({ color: "red" });
  });

  it("goes on after a namespace that refuses, and fails at its end", async () => {
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects([namespace("team-a"), namespace("team-b"), config("shop", { color: "blue" })]);
    // The rehearsal makes two creates before the real run's first.
    cluster.faults.add({ verb: "create", resource: "configmaps", after: 2, effect: { kind: "status", code: 422 } });
    const report = await runJob(copyConfig, cluster, { namespace: "shop" });
    expect(report).toMatchObject({ outcome: "failed", progress: { created: 1, refused: 1 } });
    expect(report.error?.message).toContain("no copy in team-a");
    expect(dataIn(cluster, "team-b")).toEqual({ color: "blue" });
  });

  it("copies a Secret with its type, and reports a missing source", async () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/dockerconfigjson",
      metadata: { name: "pull", namespace: "shop" },
      data: { ".dockerconfigjson": "e30=" },
    };
    const params = { kind: "Secret", name: "pull" };
    const { cluster, report } = await copy([namespace("team-a"), secret], params);
    await using _closed = cluster;
    expect(report).toMatchObject({ outcome: "succeeded", result: { created: 1 } });
    expect(cluster.store.get(cluster.resourceOf("v1", "Secret"), "team-a", "pull")).toMatchObject({
      type: secret.type,
      data: secret.data,
    });
    expect(await runJob(copyConfig, cluster, { namespace: "shop" })).toMatchObject({
      outcome: "failed",
      error: { reason: "NotFound", message: expect.stringContaining("shared-config") },
    });
  });
});
