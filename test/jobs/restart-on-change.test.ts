import { describe, expect, it } from "vitest";
import restartOnChange from "../../jobs/restart-on-change.ts";
import { type EmbeddedCluster, type KubeObject, runJob, startEmbeddedCluster } from "../../runtime/embedded/testing.ts";

function config(name: string, data: object, kind: "ConfigMap" | "Secret" = "ConfigMap"): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name, namespace: "shop" }, data } as KubeObject;
}

function workload(name: string, volumes: readonly object[], kind = "Deployment"): KubeObject {
  const metadata = { name, namespace: "shop", labels: { "errand/restart": "on-change" } };
  const containers = [
    { name: "main", env: [{ name: "A", valueFrom: { secretKeyRef: { name: "login", key: "a", optional: true } } }] },
  ];
  return { apiVersion: "apps/v1", kind, metadata, spec: { template: { spec: { containers, volumes } } } } as KubeObject;
}

const mounts = (name: string, optional = false) => [{ name: "v", configMap: { name, optional } }];

async function run(cluster: EmbeddedCluster, params = {}) {
  const { outcome, result } = await runJob(restartOnChange, cluster, { namespace: "shop", params });
  expect(outcome).toBe("succeeded");
  return result as Readonly<Record<"restarted" | "noted" | "waiting" | "missing", readonly string[]>>;
}

function restartedAt(cluster: EmbeddedCluster, name: string): unknown {
  const { spec } = cluster.store.mustGet(cluster.resourceOf("apps/v1", "Deployment"), "shop", name);
  const { template } = spec as { template: { metadata?: { annotations?: Record<string, string> } } };
  return template.metadata?.annotations?.["kubectl.kubernetes.io/restartedAt"];
}

describe("restart-on-change", () => {
  it("records what it sees for the first time, and restarts when the content changes", async () => {
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects([
      config("a", { color: "blue" }),
      workload("web", mounts("a")),
      workload("db", mounts("a"), "StatefulSet"),
    ]);
    expect(await run(cluster)).toMatchObject({ noted: ["Deployment/web", "StatefulSet/db"], restarted: [] });
    expect(restartedAt(cluster, "web")).toBeUndefined();
    expect(await run(cluster)).toMatchObject({ noted: [], restarted: [] });
    cluster.applyObjects([config("a", { color: "red" })]);
    expect(await run(cluster)).toMatchObject({ noted: [], restarted: ["Deployment/web", "StatefulSet/db"] });
    expect(restartedAt(cluster, "web")).toEqual(expect.any(String));
    expect(await run(cluster)).toMatchObject({ noted: [], restarted: [] });
  });

  it("ignores labels, the order of keys, and what the workload does not use", async () => {
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects([config("a", { x: "1", y: "2" }), config("other", { x: "1" }), workload("web", mounts("a"))]);
    await run(cluster);
    const same = config("a", { y: "2", x: "1" });
    cluster.applyObjects([
      { ...same, metadata: { ...same.metadata, labels: { new: "label" } } } as KubeObject,
      config("other", { x: "2" }),
    ]);
    expect(await run(cluster)).toMatchObject({ restarted: [] });
  });

  it("restarts when an optional Secret appears, and skips workloads that would not start again", async () => {
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects([config("a", {}), workload("web", mounts("a")), workload("broken", mounts("gone"))]);
    expect(await run(cluster)).toMatchObject({ noted: ["Deployment/web"], missing: ["Deployment/broken"] });
    cluster.applyObjects([config("login", { a: "YQ==" }, "Secret")]);
    expect(await run(cluster)).toMatchObject({ restarted: ["Deployment/web"], missing: ["Deployment/broken"] });
  });

  it("does not restart again after a rollout that refers to another object", async () => {
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects([config("a-1", { v: "1" }), config("a-2", { v: "2" }), workload("web", mounts("a-1"))]);
    await run(cluster);
    const { metadata } = cluster.store.mustGet(cluster.resourceOf("apps/v1", "Deployment"), "shop", "web");
    cluster.applyObjects([{ ...workload("web", mounts("a-2")), metadata } as unknown as KubeObject]);
    expect(await run(cluster)).toMatchObject({ noted: ["Deployment/web"], restarted: [] });
  });

  it("restarts at most max at once, and the others in later runs", async () => {
    await using cluster = await startEmbeddedCluster();
    cluster.applyObjects([config("a", { v: "1" }), ...["b", "c", "d"].map((name) => workload(name, mounts("a")))]);
    await run(cluster);
    cluster.applyObjects([config("a", { v: "2" })]);
    expect(await run(cluster, { max: 2 })).toMatchObject({
      restarted: ["Deployment/b", "Deployment/c"],
      waiting: ["Deployment/d"],
    });
    expect(await run(cluster, { max: 2 })).toMatchObject({ restarted: ["Deployment/d"], waiting: [] });
  });
});
