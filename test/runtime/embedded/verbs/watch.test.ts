import { describe, expect, it } from "vitest";
import { CONFIG_MAPS, call, configMap, startCluster } from "../cluster-setup.ts";
import { next, watch } from "./watching.ts";

describe("a watch", () => {
  it("starts with the existing objects and continues with each change if it has no version", async () => {
    const cluster = await startCluster();
    cluster.applyObjects([configMap("a")]);
    const lines = await watch(cluster, `${CONFIG_MAPS}?watch=true`);
    expect(await next(lines, 2)).toEqual(["ADDED a", "ADDED kube-root-ca.crt"]);
    await call(cluster, { method: "POST", path: CONFIG_MAPS, body: configMap("b") });
    const patch = { "content-type": "application/merge-patch+json" };
    await call(cluster, { method: "PATCH", path: `${CONFIG_MAPS}/b`, headers: patch, body: { data: { key: "1" } } });
    await call(cluster, { method: "DELETE", path: `${CONFIG_MAPS}/b` });
    expect(await next(lines, 3)).toEqual(["ADDED b", "MODIFIED b", "DELETED b"]);
  });

  it("continues after its version without loss", async () => {
    const cluster = await startCluster();
    const [first] = cluster.applyObjects([configMap("a")]);
    cluster.applyObjects([configMap("b"), configMap("a", { labels: { new: "yes" } })]);
    const lines = await watch(cluster, `${CONFIG_MAPS}?watch=1&resourceVersion=${first?.metadata.resourceVersion}`);
    expect(await next(lines, 2)).toEqual(["ADDED b", "MODIFIED a"]);
  });

  it("reports an object as deleted when it leaves the selection, and as added when it enters", async () => {
    const cluster = await startCluster();
    cluster.applyObjects([configMap("a", { labels: { app: "x" } })]);
    const lines = await watch(cluster, `${CONFIG_MAPS}?watch=1&labelSelector=app%3Dx`);
    expect(await next(lines, 1)).toEqual(["ADDED a"]);
    cluster.applyObjects([configMap("a", { labels: { app: "y" } }), configMap("a", { labels: { app: "x" } })]);
    expect(await next(lines, 2)).toEqual(["DELETED a", "ADDED a"]);
  });

  it("marks the end of the initial events if requested", async () => {
    const cluster = await startCluster();
    cluster.applyObjects([configMap("a")]);
    const query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const lines = await watch(cluster, `${CONFIG_MAPS}?${query}`);
    expect(await next(lines, 2)).toEqual(["ADDED a", "ADDED kube-root-ca.crt"]);
    const { value } = await lines.next();
    expect(value).toMatchObject({
      type: "BOOKMARK",
      object: { kind: "ConfigMap", metadata: { annotations: { "k8s.io/initial-events-end": "true" } } },
    });
    expect(value?.object.metadata.resourceVersion).toBe(String(cluster.store.revision));
  });

  it("answers 410 in the stream, and ends, if the version is compacted", async () => {
    const cluster = await startCluster();
    const [first] = cluster.applyObjects([configMap("a")]);
    cluster.applyObjects([configMap("b")]);
    cluster.store.compact();
    const lines = await watch(cluster, `${CONFIG_MAPS}?watch=1&resourceVersion=${first?.metadata.resourceVersion}`);
    const { value } = await lines.next();
    expect(value).toMatchObject({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } });
    expect((await lines.next()).done).toBe(true);
  });

  it("ends when the cluster closes, which does not wait for it", async () => {
    const cluster = await startCluster();
    const lines = await watch(cluster, `${CONFIG_MAPS}?watch=1&resourceVersion=${cluster.store.revision}`);
    const ended = lines.next();
    ended.catch(() => {});
    await cluster.close();
    await expect(ended).rejects.toThrow("aborted");
  });
});
