import { expect, test } from "vitest";
import { type EmbeddedCluster, startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { type Access, resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import { type ClientOptions, createClient } from "../../../runtime/kube/client.ts";
import { fixedToken } from "./server/scripted-server.ts";

// The client against an API that behaves: what a scripted server only plays.

function connect<const A extends Access>(cluster: EmbeddedCluster, access: A, options: Partial<ClientOptions> = {}) {
  const client = createClient<A>({
    config: { server: cluster.url, ca: cluster.ca, token: fixedToken(cluster.adminToken), namespace: "shop" },
    rules: resolveAccess(access, builtinCatalog),
    ...options,
  });
  return { ...client, [Symbol.asyncDispose]: () => client.close() };
}

function secretsOf(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `c-${String(index).padStart(4, "0")}`, namespace: "shop", labels: { odd: String(index % 2) } },
    data: { index: btoa(String(index)) },
  }));
}

test("an object goes through its life cycle: create, get, update, patch, apply, delete", async () => {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(secretsOf(1));
  await using client = connect(cluster, { secrets: ["create", "get", "update", "patch", "delete"] });
  const { secrets } = client.kube;
  const made = await secrets.create({ metadata: { name: "life" }, data: { a: "MQ==" } });
  const updated = await secrets.update({ ...made, data: { a: "Mg==" } });
  await expect(secrets.update(made)).rejects.toMatchObject({ reason: "Conflict" });
  expect(await secrets.patch(made, { data: { b: "MQ==" } })).toBe("changed");
  const patched = await secrets.patch(updated, { data: { b: "MQ==" } });
  expect(patched).toMatchObject({ data: { a: "Mg==", b: "MQ==" } });
  await secrets.patch("life", [{ op: "remove", path: "/data/b" }], { type: "json" });
  await secrets.apply({ metadata: { name: "life" }, data: { c: "MQ==" } });
  expect((await secrets.get("life")).data).toEqual({ a: "Mg==", c: "MQ==" });
  expect(await secrets.delete(updated)).toBe("changed");
  expect(await secrets.delete(await secrets.get("life"))).toBe("deleted");
  expect(await secrets.delete(updated)).toBe("gone");
  await expect(secrets.get("life")).rejects.toMatchObject({ reason: "NotFound" });
  expect(client.stats.mutations).toEqual({
    create: { secrets: 1 },
    update: { secrets: 1 },
    patch: { secrets: 3 },
    delete: { secrets: 1 },
  });
});

test("list reads every page, in order, with selectors and metadata alone", async () => {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(secretsOf(250));
  await using client = connect(cluster, { secrets: ["list"] });
  const names: string[] = [];
  for await (const one of client.kube.secrets.list({ limit: 7 })) names.push(one.metadata.name);
  expect(names).toEqual(secretsOf(250).map(({ metadata }) => metadata.name));
  const odd = await client.kube.secrets.listMetadata({ limit: 20, labelSelector: "odd=1" }).toArray();
  expect(odd).toHaveLength(125);
  expect(odd[0]).not.toHaveProperty("data");
});

test("a dry run validates everything and changes nothing [P3]", async () => {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(secretsOf(3));
  await using client = connect(
    cluster,
    { secrets: ["create", "list", "delete", "deletecollection"] },
    { dryRun: true },
  );
  const { secrets } = client.kube;
  await secrets.create({ metadata: { name: "new" } });
  for (const one of await secrets.list().toArray()) expect(await secrets.delete(one)).toBe("deleted");
  await secrets.deleteCollection({ all: true });
  expect(await secrets.list().toArray()).toHaveLength(3);
});

test("limits allow exactly their number of deletions, however many are concurrent", async () => {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(secretsOf(40));
  await using client = connect(cluster, { secrets: ["list", "delete"] }, { limits: { delete: 10 } });
  const all = await client.kube.secrets.list().toArray();
  await expect(client.kube.forEach(all, (one) => client.kube.secrets.delete(one))).rejects.toMatchObject({
    name: "LimitExceededError",
  });
  expect(await client.kube.secrets.list().toArray()).toHaveLength(30);
});

test("watch yields existing objects and changes, as do reflect and waitFor", async () => {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(secretsOf(2));
  await using client = connect(cluster, { secrets: ["watch", "list", "create", "patch", "delete"] });
  const { secrets } = client.kube;
  const told: string[] = [];
  for await (const event of secrets.watch()) {
    told.push(event.type === "SYNCED" ? event.type : `${event.type} ${event.object.metadata.name}`);
    if (event.type === "SYNCED") await secrets.create({ metadata: { name: "new" } });
    if (told.at(-1) === "ADDED new") await secrets.patch("new", { data: { a: "MQ==" } });
    if (event.type === "MODIFIED") await secrets.delete("new");
    if (event.type === "DELETED") break;
  }
  expect(told).toEqual(["ADDED c-0000", "ADDED c-0001", "SYNCED", "ADDED new", "MODIFIED new", "DELETED new"]);
  await using reflection = await secrets.reflect({ labelSelector: "odd=1" });
  expect([...reflection.values()].map(({ metadata }) => metadata.name)).toEqual(["c-0001"]);
  const waiting = secrets.waitFor("c-0000", ({ data }) => data?.ready === "eWVz");
  await secrets.patch("c-0000", { data: { ready: "eWVz" } });
  expect(await waiting).toMatchObject({ data: { ready: "eWVz" } });
  const gone = secrets.waitForGone("c-0000");
  await secrets.delete("c-0000");
  await gone;
});

test("deleteCollection deletes what a selector matches, within its limit", async () => {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects(secretsOf(10));
  await using client = connect(cluster, { secrets: ["deletecollection", "list"] }, { limits: { delete: 6 } });
  expect(await client.kube.secrets.deleteCollection({ labelSelector: "odd=1" })).toBe(5);
  await expect(client.kube.secrets.deleteCollection({ all: true })).rejects.toMatchObject({
    name: "LimitExceededError",
  });
  expect(await client.kube.secrets.list().toArray()).toHaveLength(5);
});

test("canI and the guard's explanation of a 403 agree with the server's roles [P2] [K5]", async () => {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects([
    ...secretsOf(1),
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "job", namespace: "shop" } },
  ]);
  const token = fixedToken(cluster.createServiceAccountToken("shop", "job"));
  await using client = connect(
    cluster,
    { secrets: ["list"] },
    { config: { server: cluster.url, ca: cluster.ca, token, namespace: "shop" }, serviceAccount: "shop/job" },
  );
  expect(await client.kube.canI("list", "secrets")).toBe(false);
  await expect(client.kube.secrets.list().toArray()).rejects.toMatchObject({
    reason: "Forbidden",
    message: expect.stringContaining('service account "shop/job" may not list secrets in namespace "shop"'),
    hint: expect.stringContaining("deploy the job again"),
  });
});
