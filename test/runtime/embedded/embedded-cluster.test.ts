import { describe, expect, it } from "vitest";
import type { EmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import type { StoreEvent } from "../../../runtime/embedded/storage/object-store.ts";
import { CONFIG_MAPS, call, configMap, startCluster } from "./cluster-setup.ts";

const PODS = { group: "", resource: "pods" };

function pod(name: string, status: object, more: object = {}) {
  const metadata = { name, namespace: "team", ...more };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { nodeName: "node", containers: [] }, status };
}

/** Resolves when an object of that name is gone. */
function gone(cluster: EmbeddedCluster, name: string): Promise<StoreEvent> {
  return new Promise((resolve) => {
    const stop = cluster.store.events.listen((event) => {
      if (event.type !== "DELETED" || event.object.metadata.name !== name) return;
      stop();
      resolve(event);
    });
  });
}

describe("startEmbeddedCluster", () => {
  it("serves several clusters at once, each with its own objects and tokens", async () => {
    const [one, two] = await Promise.all([startCluster(), startCluster()]);
    one.applyObjects([configMap("a")]);
    expect((await call(one, { method: "GET", path: `${CONFIG_MAPS}/a` })).status).toBe(200);
    expect((await call(two, { method: "GET", path: `${CONFIG_MAPS}/a` })).status).toBe(404);
    expect((await call(two, { method: "GET", path: CONFIG_MAPS }, one.adminToken)).status).toBe(401);
  });

  it("stores applied objects unchanged, with status and times", async () => {
    const cluster = await startCluster();
    const old = pod("old", { phase: "Succeeded" }, { creationTimestamp: "2020-01-01T00:00:00Z", uid: "mine" });
    cluster.applyObjects([old]);
    const { body } = await call(cluster, { method: "GET", path: "/api/v1/namespaces/team/pods/old" });
    expect(body).toMatchObject({ ...old, metadata: { uid: "mine", creationTimestamp: "2020-01-01T00:00:00Z" } });
  });

  it("refuses unknown kinds unless customResources has them", async () => {
    const thing = { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "a", namespace: "team" } };
    const usual = await startCluster();
    expect(() => usual.applyObjects([thing])).toThrow("does not serve Thing of example.com/v1");
    const customResources = [
      {
        group: "example.com",
        version: "v1",
        kind: "Thing",
        resource: "things",
        namespaced: true,
        verbs: ["get", "list"],
        subresources: {},
      },
    ];
    const custom = await startCluster({ customResources });
    custom.applyObjects([thing]);
    const { body } = await call(custom, { method: "GET", path: "/apis/example.com/v1/namespaces/team/things" });
    expect(body).toMatchObject({ kind: "ThingList", items: [{ metadata: { name: "a" } }] });
  });

  it("refuses the token of a deleted service account, even if a new one has its name", async () => {
    const cluster = await startCluster();
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "job", namespace: "team" } };
    cluster.applyObjects([account]);
    const token = cluster.createServiceAccountToken("team", "job");
    expect((await call(cluster, { method: "GET", path: "/api" }, token)).status).toBe(200);
    await call(cluster, { method: "DELETE", path: "/api/v1/namespaces/team/serviceaccounts/job" });
    cluster.applyObjects([account]);
    expect((await call(cluster, { method: "GET", path: "/api" }, token)).status).toBe(401);
    expect(() => cluster.createServiceAccountToken("team", "nobody")).toThrow('serviceaccounts "nobody" not found');
  });

  it("audits each request with its user and status code", async () => {
    const cluster = await startCluster();
    cluster.applyObjects([configMap("a")]);
    const token = cluster.createServiceAccountToken("team", "default");
    await call(cluster, { method: "DELETE", path: `${CONFIG_MAPS}/a` }, token);
    await call(cluster, { method: "DELETE", path: `${CONFIG_MAPS}/a?dryRun=All` });
    expect(cluster.audit.ofServiceAccount("team", "default")).toEqual([
      {
        user: "system:serviceaccount:team:default",
        verb: "delete",
        path: `${CONFIG_MAPS}/a`,
        resource: "configmaps",
        subresource: "",
        namespace: "team",
        name: "a",
        dryRun: false,
        code: 403,
      },
    ]);
    expect(cluster.audit.events.at(-1)).toMatchObject({ user: "admin", dryRun: true, code: 200 });
  });
});

describe("deleting a pod", () => {
  const path = "/api/v1/namespaces/team/pods/it";

  it("removes it at once if it has ended", async () => {
    const cluster = await startCluster();
    cluster.applyObjects([pod("it", { phase: "Failed" })]);
    const { body } = await call(cluster, { method: "DELETE", path });
    expect(body.metadata).toMatchObject({ name: "it", deletionGracePeriodSeconds: 0 });
    expect(cluster.store.get(PODS, "team", "it")).toBeUndefined();
  });

  it("marks it first and removes it later if it is running", async () => {
    const cluster = await startCluster({ podTerminationMs: 0 });
    cluster.applyObjects([pod("it", { phase: "Running" })]);
    const ended = gone(cluster, "it");
    const { body } = await call(cluster, { method: "DELETE", path, body: { gracePeriodSeconds: 7 } });
    expect(body).toMatchObject({ kind: "Pod", metadata: { deletionGracePeriodSeconds: 7 } });
    expect(body.metadata.deletionTimestamp).toBeDefined();
    const { object } = await ended;
    expect(object.metadata.uid).toBe(body.metadata.uid);
  });

  it("removes a running one at once if its grace period is 0", async () => {
    const cluster = await startCluster();
    cluster.applyObjects([pod("it", { phase: "Running" })]);
    await call(cluster, { method: "DELETE", path, body: { gracePeriodSeconds: 0 } });
    expect(cluster.store.get(PODS, "team", "it")).toBeUndefined();
  });
});

describe("deleting an owner", () => {
  const owner = { ...configMap("owner"), metadata: { name: "owner", namespace: "team", uid: "owner-uid" } };
  const reference = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: "owner-uid" };
  const owned = configMap("owned", { ownerReferences: [reference] });
  const remove = (propagationPolicy?: string) =>
    ({
      method: "DELETE",
      path: `${CONFIG_MAPS}/owner`,
      body: { ...(propagationPolicy ? { propagationPolicy } : {}) },
    }) as const;

  it("deletes its dependents, except those with another owner", async () => {
    const cluster = await startCluster();
    const other = { ...reference, name: "other", uid: "other-uid" };
    cluster.applyObjects([
      owner,
      { ...configMap("other"), metadata: { name: "other", namespace: "team", uid: "other-uid" } },
      configMap("shared", { ownerReferences: [reference, other] }),
      owned,
    ]);
    const ended = gone(cluster, "owned");
    await call(cluster, remove());
    await ended;
    expect(cluster.store.get({ group: "", resource: "configmaps" }, "team", "shared")).toBeDefined();
  });

  it("waits for its dependents with foreground deletion", async () => {
    const cluster = await startCluster();
    cluster.applyObjects([owner, owned]);
    const order: string[] = [];
    const ended = [
      gone(cluster, "owned").then(() => order.push("owned")),
      gone(cluster, "owner").then(() => order.push("owner")),
    ];
    const { body } = await call(cluster, remove("Foreground"));
    expect(body.metadata.finalizers).toEqual(["foregroundDeletion"]);
    await Promise.all(ended);
    expect(order).toEqual(["owned", "owner"]);
  });

  it("keeps its dependents without an owner with orphaning", async () => {
    const cluster = await startCluster();
    cluster.applyObjects([owner, owned]);
    const ended = gone(cluster, "owner");
    await call(cluster, remove("Orphan"));
    await ended;
    const orphan = cluster.store.get({ group: "", resource: "configmaps" }, "team", "owned");
    expect(orphan?.metadata.name).toBe("owned");
    expect(orphan?.metadata).not.toHaveProperty("ownerReferences");
  });
});

describe("deleting a namespace", () => {
  it("marks it, empties it, and then removes it", async () => {
    const cluster = await startCluster();
    cluster.applyObjects([configMap("a")]);
    const ended = gone(cluster, "team");
    const { body } = await call(cluster, { method: "DELETE", path: "/api/v1/namespaces/team" });
    expect(body).toMatchObject({ kind: "Namespace", status: { phase: "Terminating" } });
    await ended;
    expect(cluster.store.all({ group: "", resource: "configmaps" }, "team")).toEqual([]);
  });

  it("refuses new objects in it until it is gone", async () => {
    const cluster = await startCluster();
    const held = configMap("held", { finalizers: ["example.com/hold"] });
    cluster.applyObjects([held]);
    await call(cluster, { method: "DELETE", path: "/api/v1/namespaces/team" });
    const { status, body } = await call(cluster, { method: "POST", path: CONFIG_MAPS, body: configMap("late") });
    expect(status).toBe(403);
    expect(body.message).toBe(
      'configmaps "late" is forbidden: unable to create new content in namespace team because it is being terminated',
    );
  });
});

describe("a request that needs a node", () => {
  it.each([
    ["GET", "exec?command=true"],
    ["GET", "portforward?ports=80"],
    ["PATCH", "resize"],
    ["POST", "binding"],
  ] as const)("is refused with a message that does not blame the job: %s %s", async (method, subresource) => {
    const cluster = await startCluster();
    const { status, body } = await call(cluster, { method, path: `/api/v1/namespaces/team/pods/one/${subresource}` });
    const [name] = subresource.split("?");
    expect({ status, message: body.message }).toEqual({
      status: 405,
      message: `the embedded API does not serve "pods/${name}": that needs a real cluster with nodes and containers`,
    });
  });
});
