import { describe, expect, it, test } from "vitest";
import type { Kube } from "../../../../runtime/kube/surface/kube.ts";
import { jobClient, pod, podList } from "../server/job-client.ts";
import { json, type ScriptedServer, startScriptedServer, status } from "../server/scripted-server.ts";

test.each([
  [
    { allowed: true, reason: "by a RoleBinding" },
    { allowed: true, denied: false, reason: "by a RoleBinding" },
  ],
  [
    { allowed: false, denied: true, reason: "frozen" },
    { allowed: false, denied: true, reason: "frozen" },
  ],
  [
    { allowed: false, evaluationError: "no such role", reason: "" },
    { allowed: false, denied: false, evaluationError: "no such role" },
  ],
  [{ denied: false }, { allowed: false, denied: false }],
  [{ allowed: "true" }, { allowed: false, denied: false }],
  [undefined, { allowed: false, denied: false }],
])("reviewAccess returns the full answer, and canI whether it is allowed: %j [K5]", async (answer, expected) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, {});
  server.answer(json(201, { status: answer }));
  server.answer(json(201, { status: answer }));
  expect(await client.kube.reviewAccess("patch", "deployments/scale", { name: "web" })).toEqual(expected);
  expect(await client.kube.canI("patch", "deployments/scale", { name: "web" })).toBe(expected.allowed);
  const resourceAttributes = {
    verb: "patch",
    group: "apps",
    resource: "deployments",
    subresource: "scale",
    name: "web",
    namespace: "shop",
  };
  expect(server.requests.map(({ body }) => JSON.parse(body).spec)).toEqual(Array(2).fill({ resourceAttributes }));
  expect(client.stats.mutations).toEqual({});
});

test("reviewAccess accepts another namespace, a custom resource's group and a name [K5]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, {}, { dryRun: true });
  server.answer(json(201, { status: { allowed: true } }));
  const asked = await client.kube.reviewAccess("list", "certificates.cert-manager.io", { namespace: "team-a" });
  expect(asked).toEqual({ allowed: true, denied: false });
  expect(server.requests[0]?.target).toBe("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
  expect(JSON.parse(server.requests[0]?.body ?? "").spec.resourceAttributes).toEqual({
    verb: "list",
    group: "cert-manager.io",
    resource: "certificates",
    namespace: "team-a",
  });
});

test.each([
  ["list", "nodes", undefined, undefined],
  ["get", "nodes", "node-1", undefined],
  ["list", "clusterroles.rbac.authorization.k8s.io", undefined, undefined],
  ["list", "clusterroles", undefined, undefined],
  ["list", "namespaces", undefined, undefined],
  ["get", "namespaces", "team-a", "team-a"],
  ["update", "namespaces/status", "team-a", "team-a"],
  ["get", "pods", "web", "shop"],
] as const)(
  "reviewAccess asks for %s of %s %s in the namespace that the request will have [K5]",
  async (verb, key, name, namespace) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, {});
    server.answer(json(201, { status: { allowed: true } }));
    await client.kube.reviewAccess(verb, key, name === undefined ? {} : { name });
    const { resourceAttributes } = JSON.parse(server.requests[0]?.body ?? "").spec;
    expect([resourceAttributes.name, resourceAttributes.namespace]).toEqual([name, namespace]);
  },
);

/** What discovery says of a group with one resource. */
const discovered = (scope: string) =>
  json(200, {
    kind: "APIGroupDiscoveryList",
    items: [
      { metadata: { name: "errand.test" }, versions: [{ version: "v1", resources: [{ resource: "zones", scope }] }] },
    ],
  });
const EMPTY = json(200, { kind: "APIGroupDiscoveryList", items: [] });
const ALLOWED = json(201, { status: { allowed: true } });
const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** The reviewed right, and its namespace. */
const asked = ({ requests }: ScriptedServer) =>
  requests.map(({ target, body }) =>
    target === REVIEWS ? (JSON.parse(body).spec.resourceAttributes.namespace ?? "none") : target,
  );

describe("reviewAccess of a custom resource", () => {
  it.each([
    ["belongs to no namespace", discovered("Cluster"), "none"],
    ["belongs to one", discovered("Namespaced"), "shop"],
    ["is not served", EMPTY, "shop"],
    ["may not be asked for", status(403, "Forbidden", "forbidden: /apis"), "shop"],
    ["is of a server without groups", status(404, "NotFound", "not found"), "shop"],
  ])(
    "sends one discovery request, and uses the namespace of its requests, if it %s [K5]",
    async (_what, answer, namespace) => {
      await using server = await startScriptedServer();
      await using client = jobClient(server, {});
      server.answer(answer, ALLOWED);
      expect(await client.kube.canI("get", "zones.errand.test/status", { name: "a" })).toBe(true);
      expect(asked(server)).toEqual(["/apis", namespace]);
    },
  );

  it.each(["", "team-a"])("sends no discovery request with the namespace %j [K5]", async (namespace) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, {});
    server.otherwise(ALLOWED);
    await client.kube.canI("list", "zones.errand.test", { namespace });
    expect(asked(server)).toEqual([namespace]);
  });

  it("sends no discovery request if the resource is already known from any call [K5]", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { "zones.errand.test": ["list"] });
    server.answer(discovered("Cluster"), json(200, { kind: "ZoneList", items: [] }));
    server.otherwise(ALLOWED);
    expect(await client.kube["zones.errand.test"].list().toArray()).toEqual([]);
    await client.kube.canI("list", "zones.errand.test");
    await client.kube.canI("delete", "zones.errand.test");
    expect(asked(server).slice(2)).toEqual(["none", "none"]);
  });

  it("finds a resource created since, without waiting [K5] [K4]", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, {});
    server.answer(EMPTY, ALLOWED, discovered("Cluster"), ALLOWED, ALLOWED);
    for (let count = 0; count < 3; count += 1) await client.kube.canI("list", "zones.errand.test");
    expect(asked(server)).toEqual(["/apis", "shop", "/apis", "none", "none"]);
    expect(client.waits).toEqual([]);
  });

  it("never waits for a resource that is not served, however often it is asked", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, {});
    server.otherwise((response, request, socket) =>
      (request.target === REVIEWS ? ALLOWED : EMPTY)(response, request, socket),
    );
    for (let count = 0; count < 5; count += 1) await client.kube.canI("list", "zones.errand.test");
    expect(asked(server).filter((namespace) => namespace !== "/apis")).toEqual(Array(5).fill("shop"));
    expect(client.waits).toEqual([]);
  });

  it("throws the error of discovery if the scope is unknown", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, {});
    server.otherwise(status(500, "InternalError", "etcd is gone"));
    await expect(client.kube.canI("list", "zones.errand.test")).rejects.toMatchObject({ code: 500 });
    expect(asked(server)).toEqual(Array(11).fill("/apis"));
  });
});

function owned(
  name: string,
  apiVersion: string,
  kind: string,
  owner?: readonly [apiVersion: string, kind: string, name: string],
) {
  const [ownerVersion, ownerKind, ownerName] = owner ?? [];
  const reference = {
    apiVersion: ownerVersion,
    kind: ownerKind,
    name: ownerName,
    uid: `uid-${ownerName}`,
    controller: true,
  };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: "shop",
      uid: `uid-${name}`,
      resourceVersion: "1",
      ...(owner ? { ownerReferences: [reference] } : {}),
    },
  };
}

const POD = owned("web-1-x", "v1", "Pod", ["apps/v1", "ReplicaSet", "web-1"]) as never;
const REPLICA_SET = owned("web-1", "apps/v1", "ReplicaSet", ["apps/v1", "Deployment", "web"]);
const DEPLOYMENT = owned("web", "apps/v1", "Deployment");

test("ownersOf returns all owners up to the top", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { replicasets: ["get"], deployments: ["get"] });
  server.answer(json(200, REPLICA_SET), json(200, DEPLOYMENT));
  const owners = await client.kube.ownersOf(POD);
  expect(owners.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    "ReplicaSet web-1",
    "Deployment web",
  ]);
  expect(server.requests[1]?.target).toBe("/apis/apps/v1/namespaces/shop/deployments/web");
});

test.each([
  ["is gone", status(404, "NotFound", "not found")],
  ["is another by now", json(200, { ...REPLICA_SET, metadata: { ...REPLICA_SET.metadata, uid: "another" } })],
])("ownerOf returns undefined if the owner %s [H21]", async (_what, answer) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { replicasets: ["get"] });
  server.answer(answer);
  expect(await client.kube.ownerOf(POD)).toBeUndefined();
});

test("ownerOf says what to declare for an undeclared kind of owner [P2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["get"] });
  await expect(client.kube.ownerOf(POD)).rejects.toMatchObject({
    name: "NotDeclaredError",
    hint: 'add "replicasets.apps" with the verb "get" to access and deploy again',
  });
  expect(server.requests).toHaveLength(0);
});

test("ownerOf resolves the kind of a custom resource by discovery", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "rollouts.argoproj.io": ["get"] });
  const resources = [{ resource: "rollouts", scope: "Namespaced", responseKind: { kind: "Rollout" } }];
  server.answer(
    json(200, {
      kind: "APIGroupDiscoveryList",
      items: [{ metadata: { name: "argoproj.io" }, versions: [{ version: "v1alpha1", resources }] }],
    }),
    json(200, owned("r", "argoproj.io/v1alpha1", "Rollout")),
  );
  const object = owned("p", "v1", "Pod", ["argoproj.io/v1alpha1", "Rollout", "r"]) as never;
  expect((await client.kube.ownerOf(object))?.metadata.name).toBe("r");
});

test("record writes an event about an object, in the namespace where kubectl looks for it", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { events: ["create"] });
  server.otherwise(json(201, {}));
  await client.kube.events.record(pod("web") as never, {
    reason: "PodKept",
    message: "x".repeat(2_000),
    type: "Warning",
  });
  await client.kube.events.record(pod("web") as never, { reason: "PodKept", message: "again" });
  const [first, second] = server.requests.map(({ body }) => JSON.parse(body));
  expect(server.requests[0]?.target).toContain("/api/v1/namespaces/shop/events");
  expect(first).toMatchObject({
    involvedObject: { apiVersion: "v1", kind: "Pod", name: "web", namespace: "shop", uid: "uid-web" },
    reason: "PodKept",
    type: "Warning",
    count: 1,
    source: { component: "errand" },
  });
  expect(first.message).toHaveLength(1_024);
  expect(second.type).toBe("Normal");
  expect(first.metadata.name).not.toBe(second.metadata.name);
});

test("allNamespaces lists all namespaces, and its objects are deleted in their own", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list", "delete"] }, { scope: "cluster" });
  const kube = client.kube as Kube<{ pods: ["list", "delete"] }, "cluster">;
  const list = podList(["a"]) as { items: { metadata: { namespace: string } }[] };
  for (const item of list.items) item.metadata.namespace = "team-a";
  server.answer(json(200, list), json(200, {}));
  for await (const one of kube.allNamespaces.pods.list()) await kube.allNamespaces.pods.delete(one);
  expect(server.requests.map(({ target }) => target)).toEqual([
    "/api/v1/pods?limit=500",
    "/api/v1/namespaces/team-a/pods/a",
  ]);
});

test("inNamespace accepts only namespaces that scope declares", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["get"] }, { scope: { namespaces: ["team-a"] } });
  const kube = client.kube as Kube<{ pods: ["get"] }, { namespaces: ["team-a"] }>;
  server.answer(json(200, pod("a")));
  await kube.inNamespace("team-a").pods.get("a");
  expect(server.requests[0]?.target).toBe("/api/v1/namespaces/team-a/pods/a");
  await expect(kube.inNamespace("team-b").pods.get("a")).rejects.toMatchObject({ name: "OutOfScopeError" });
  expect(server.requests).toHaveLength(1);
});
