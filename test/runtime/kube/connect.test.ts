import { expect, test } from "vitest";
import { startEmbeddedCluster } from "../../../runtime/embedded/embedded-cluster.ts";
import { connect } from "../../../runtime/kube/connect.ts";
import { fixedToken, json, startScriptedServer } from "./server/scripted-server.ts";

test("connect returns an unrestricted client, without a job's guard", async () => {
  await using cluster = await startEmbeddedCluster();
  cluster.applyObjects([{ apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "shop" } }]);
  const config = { server: cluster.url, ca: cluster.ca, token: fixedToken(cluster.adminToken), namespace: "shop" };
  await using client = await connect(config);
  expect((await client.kube.secrets.get("s")).kind).toBe("Secret");
  await client.kube.inNamespace("default").configmaps.create({ metadata: { name: "c" } });
  const names = [];
  for await (const one of client.kube.allNamespaces.configmaps.list({ fieldSelector: { "metadata.name": "c" } })) {
    names.push(`${one.metadata.namespace}/${one.metadata.name}`);
  }
  expect(names).toEqual(["default/c"]);
});

test("connect knows the groups of built-in resources, and requests those of custom ones", async () => {
  await using server = await startScriptedServer();
  await using client = await connect(server.config());
  server.answer(json(200, {}));
  await client.kube.deployments.get("web");
  expect(server.requests[0]?.target).toBe("/apis/apps/v1/namespaces/shop/deployments/web");
  const { kube } = client as unknown as { kube: Record<string, { get(name: string): Promise<unknown> }> };
  server.answer(
    json(200, { kind: "APIGroupDiscoveryList", items: [] }),
    json(200, { kind: "APIGroupDiscoveryList", items: [] }),
  );
  await expect(kube["widgets.example.test"]?.get("a")).rejects.toThrow(
    "the cluster has no resource widgets.example.test",
  );
});

test("connect with dryRun makes every mutation a dry run, and refuses those without support [I7] [P3]", async () => {
  await using server = await startScriptedServer();
  await using client = await connect(server.config(), { dryRun: true });
  server.otherwise(json(200, { metadata: { name: "c" } }));
  await client.kube.configmaps.get("c");
  await client.kube.configmaps.create({ metadata: { name: "c" } });
  await client.kube.configmaps.delete("c");
  await expect(client.kube.pods.exec("web", ["true"])).rejects.toMatchObject({ reason: "NoDryRun" });
  expect(server.requests.map(({ method, target }) => [method, target.includes("dryRun=All")])).toEqual([
    ["GET", false],
    ["POST", true],
    ["DELETE", true],
  ]);
});

test("connect reports that there is no cluster outside a pod [A12]", async () => {
  await expect(connect()).rejects.toMatchObject({
    name: "NotInClusterError",
    hint: "run it in a pod, or pass connect() a ClusterConfig",
  });
});

test.each(["", "10.0.0.1:6443", "ftp://10.0.0.1"])(
  "connect names the invalid setting if the server is %j",
  async (server) => {
    await expect(connect({ server, namespace: "shop" })).rejects.toThrow(
      `server: ${JSON.stringify(server)} is not the URL of an API server; expected one such as https://`,
    );
  },
);

const WIDGETS = ["v1", "v1beta1"].map((version) => ({
  ...{ group: "example.test", version, resource: "widgets", kind: "Widget", namespaced: true },
  ...{ verbs: ["create", "delete", "get", "list", "patch"], subresources: {} },
}));

test("connect returns the methods of a resource known only at run time, by its plural or its kind", async () => {
  await using cluster = await startEmbeddedCluster({ customResources: WIDGETS });
  const config = { server: cluster.url, ca: cluster.ca, token: fixedToken(cluster.adminToken), namespace: "shop" };
  await using client = await connect(config);
  const widget = { apiVersion: "example.test/v1", kind: "Widget", metadata: { name: "w", namespace: "default" } };
  await client.resource(widget).apply(widget);
  const older = client.resource({ group: "example.test", version: "v1beta1", resource: "widgets" }, "all");
  expect((await older.list().toArray()).map(({ apiVersion, metadata }) => [apiVersion, metadata.namespace])).toEqual([
    ["example.test/v1beta1", "default"],
  ]);
  const preferred = client.resource({ group: "example.test", resource: "widgets" }, { namespace: "default" });
  expect((await preferred.get("w")).apiVersion).toBe("example.test/v1");
  expect((await client.resource({ apiVersion: "v1", kind: "Namespace" }).get("default")).kind).toBe("Namespace");
  await expect(client.resource({ apiVersion: "example.test/v1", kind: "Gadget" }).get("g")).rejects.toThrow(
    "the cluster has no resource Gadget.example.test",
  );
  expect(() => client.resource({ metadata: { name: "w" } })).toThrow("no apiVersion or no kind");
});

test("connect returns everything that the API server serves, and reads JSON paths", async () => {
  await using cluster = await startEmbeddedCluster({ customResources: WIDGETS });
  const config = { server: cluster.url, ca: cluster.ca, token: fixedToken(cluster.adminToken), namespace: "shop" };
  await using client = await connect(config);
  const groups = await client.served();
  expect(groups[0]?.group).toBe("");
  const pods = groups[0]?.versions[0]?.resources.find(({ resource }) => resource === "pods");
  expect(pods).toMatchObject({ group: "", version: "v1", kind: "Pod", namespaced: true, shortNames: ["po"] });
  expect(pods?.verbs).toContain("deletecollection");
  expect(pods?.subresources.find(({ name }) => name === "eviction")?.verbs).toEqual(["create"]);
  const widgets = groups.find(({ group }) => group === "example.test");
  expect(widgets?.versions.map(({ version, isAway }) => [version, isAway])).toEqual([
    ["v1", false],
    ["v1beta1", false],
  ]);
  expect(await client.readJson<{ kind: string }>("/apis/apps/v1")).toMatchObject({ kind: "APIResourceList" });
});
