import { expect, test } from "vitest";
import { jobClient, pod, podList } from "./server/job-client.ts";
import { json, reset, startScriptedServer, status } from "./server/scripted-server.ts";

test("versions requests /api without declared access", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, {});
  server.answer(json(200, { kind: "APIVersions", versions: ["v1"] }));
  expect(await client.kube.versions()).toEqual(["v1"]);
  expect(server.requests[0]).toMatchObject({ method: "GET", target: "/api" });
});

test("get reads one object in the client's namespace", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["get"] });
  server.answer(json(200, pod("web")));
  expect((await client.kube.pods.get("web")).metadata.uid).toBe("uid-web");
  expect(server.requests[0]?.target).toBe("/api/v1/namespaces/shop/pods/web");
});

test("create sends field manager and strict validation, and fills in the type [I5] [I6]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["create"] });
  server.answer(json(201, { kind: "ConfigMap" }));
  await client.kube.configmaps.create({ metadata: { name: "c" }, data: { a: "1" } });
  expect(server.requests[0]).toMatchObject({
    method: "POST",
    target: "/api/v1/namespaces/shop/configmaps?fieldManager=errand&fieldValidation=Strict",
  });
  expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "c" },
    data: { a: "1" },
  });
});

test.each([
  ["merge", "application/merge-patch+json"],
  ["strategic", "application/strategic-merge-patch+json"],
  ["json", "application/json-patch+json"],
] as const)(
  "patch of type %s sends its content type, field manager and strict validation [I1] [I5] [I6]",
  async (type, contentType) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { pods: ["patch"] });
    server.answer(json(200, pod("web")));
    const patch = type === "json" ? [{ op: "remove" as const, path: "/spec" }] : { metadata: { labels: { a: "b" } } };
    await client.kube.pods.patch("web", patch, { type });
    expect(server.requests[0]).toMatchObject({
      method: "PATCH",
      target: "/api/v1/namespaces/shop/pods/web?fieldManager=errand&fieldValidation=Strict",
      headers: { "content-type": contentType },
    });
    expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual(patch);
  },
);

test("patch of an object sends its uid and version, and returns `changed` after a 409 [P1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["patch"] });
  server.answer(status(409, "Conflict", "the object has been modified"));
  const target = { metadata: { name: "web", namespace: "shop", uid: "u", resourceVersion: "7" } };
  expect(await client.kube.pods.patch(target, { metadata: { labels: { a: "b" } } })).toBe("changed");
  expect(JSON.parse(server.requests[0]?.body ?? "").metadata).toEqual({
    labels: { a: "b" },
    uid: "u",
    resourceVersion: "7",
  });
});

test("JSON patch of an object starts with its preconditions [P1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["patch"] });
  server.answer(json(200, pod("web")));
  const target = { metadata: { name: "web", uid: "u", resourceVersion: "7" } };
  await client.kube.pods.patch(target, [{ op: "remove", path: "/metadata/labels/a" }], { type: "json" });
  expect(server.requests[0]?.headers["content-type"]).toBe("application/json-patch+json");
  expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual([
    { op: "replace", path: "/metadata/uid", value: "u" },
    { op: "replace", path: "/metadata/resourceVersion", value: "7" },
    { op: "remove", path: "/metadata/labels/a" },
  ]);
});

test("patch of a name throws a conflict", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["patch"] });
  server.answer(status(409, "Conflict", "the object has been modified"));
  await expect(client.kube.pods.patch("web", {})).rejects.toMatchObject({ reason: "Conflict" });
});

test.each([
  ["an array without its type", [], undefined],
  ["an object as a JSON patch", {}, { type: "json" }],
] as const)("patch refuses %s before it sends anything [I2]", async (_what, patch, options) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["patch"] });
  await expect(client.kube.pods.patch("web", patch, options)).rejects.toThrow("JSON patch");
  expect(server.requests).toHaveLength(0);
});

test("delete of an object sends uid and resourceVersion as preconditions, and an explicit policy [I9] [I10]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list", "delete"] });
  server.answer(json(200, podList(["web"])), json(200, pod("web")));
  const [web] = await client.kube.pods.list().toArray();
  if (web === undefined) throw new Error("the list is empty");
  expect(await client.kube.pods.delete(web, { gracePeriodSeconds: 0 })).toBe("deleted");
  expect(JSON.parse(server.requests[1]?.body ?? "")).toEqual({
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy: "Background",
    gracePeriodSeconds: 0,
    preconditions: { uid: "uid-web", resourceVersion: "7" },
  });
});

test.each([
  [json(202, { kind: "Status", status: "Success" }), "deleted"],
  [json(200, { kind: "Status", status: "Success" }), "deleted"],
  [status(404, "NotFound", "not found"), "gone"],
  [status(409, "Conflict", "the UID in the precondition does not match"), "changed"],
] as const)("delete of an object returns the result in row %# [P1] [E3]", async (answer, result) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["delete"] });
  server.answer(answer);
  expect(await client.kube.pods.delete({ metadata: { name: "web", uid: "u", resourceVersion: "7" } })).toBe(result);
});

test("delete of one uid is retried after a lost answer, and 404 then counts as deleted [D5]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["delete"] });
  server.answer(reset, status(404, "NotFound", "not found"));
  expect(await client.kube.pods.delete({ metadata: { name: "web", uid: "u" } })).toBe("deleted");
});

test("delete of a name is not retried after a lost answer [D3]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["delete"] });
  server.answer(reset);
  await expect(client.kube.pods.delete("web")).rejects.toMatchObject({ name: "TransportError", outcomeUnknown: true });
  expect(server.requests).toHaveLength(1);
});

test("an undeclared method is refused without a request, with the line to add [P2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  const pods = client.kube.pods as unknown as { delete(name: string): Promise<unknown> };
  await expect(pods.delete("web")).rejects.toMatchObject({
    name: "NotDeclaredError",
    hint: 'add pods: ["list", "delete"] to access and deploy again',
  });
  expect(server.requests).toHaveLength(0);
});

test("an undeclared resource is refused without a request [P2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  const kube = client.kube as unknown as { secrets: { list(): unknown } };
  expect(() => kube.secrets.list()).toThrow("the job may not list secrets");
  expect(server.requests).toHaveLength(0);
});

test("a 403 for declared access names service account, verb, resource, namespace and what to do [P2] [E8]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["get"] }, { serviceAccount: "shop/cleanup" });
  const message =
    'pods "web" is forbidden: User "system:serviceaccount:shop:cleanup" cannot get resource "pods" in API group "" in the namespace "shop"';
  server.answer(status(403, "Forbidden", message));
  await expect(client.kube.pods.get("web")).rejects.toMatchObject({
    name: "ApiError",
    reason: "Forbidden",
    message: expect.stringContaining('service account "shop/cleanup" may not get pods "web" in namespace "shop"'),
    hint: expect.stringContaining("does not grant it: deploy the job again"),
  });
});

test("a 403 names the person's missing right if a person runs the job [P2] [E8]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["get"] });
  const message =
    'pods "web" is forbidden: User "eve" cannot get resource "pods" in API group "" in the namespace "shop"';
  server.answer(status(403, "Forbidden", message));
  await expect(client.kube.pods.get("web")).rejects.toMatchObject({
    message: expect.stringContaining('eve may not get pods "web"'),
    hint: expect.stringContaining("eve lacks that right in the cluster: ask for it"),
  });
});

test("a built-in resource is reached by both of its names whichever access declares, and `events` is always the core group's [P2]", async () => {
  await using server = await startScriptedServer();
  server.otherwise(json(200, {}));
  await using client = jobClient(server, {
    "deployments.apps": ["get"],
    "deployments/status": ["get"],
    cronjobs: ["get"],
    "events.events.k8s.io": ["get"],
    "cronjobs.example.test": ["get"],
  });
  await client.kube.deployments.get("a");
  await client.kube.deployments.getStatus("b");
  await client.kube["cronjobs.batch"].get("c");
  await client.kube["events.events.k8s.io"].get("d");
  expect(server.requests.map(({ target }) => target)).toEqual([
    "/apis/apps/v1/namespaces/shop/deployments/a",
    "/apis/apps/v1/namespaces/shop/deployments/b/status",
    "/apis/batch/v1/namespaces/shop/cronjobs/c",
    "/apis/events.k8s.io/v1/namespaces/shop/events/d",
  ]);
  const { events } = client.kube as unknown as { events: { get(name: string): Promise<unknown> } };
  expect(() => events.get("e")).toThrow("the job may not get events");
});

test("discovery is requested once for the version, plural and scope of two custom resources [K1] [J8]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, {
    "certificates.cert-manager.io": ["get"],
    "policies.cert-manager.io": ["get"],
  });
  const resources = [
    { resource: "certificates", scope: "Namespaced", responseKind: { kind: "Certificate" } },
    { resource: "policies", scope: "Cluster", responseKind: { kind: "CertificatePolicy" } },
  ];
  server.answer(
    json(200, {
      kind: "APIGroupDiscoveryList",
      items: [{ metadata: { name: "cert-manager.io" }, versions: [{ version: "v1", resources }] }],
    }),
  );
  server.otherwise(json(200, {}));
  await client.kube["certificates.cert-manager.io"].get("a");
  await client.kube["policies.cert-manager.io"].get("b");
  expect(server.requests.map(({ target }) => target)).toEqual([
    "/apis",
    "/apis/cert-manager.io/v1/namespaces/shop/certificates/a",
    "/apis/cert-manager.io/v1/policies/b",
  ]);
  expect(server.requests[0]?.headers.accept).toBe(
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json",
  );
});

test("a custom resource is found despite groups that are unavailable [K2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "widgets.example.test": ["get"] });
  const resources = [{ resource: "widgets", scope: "Cluster", responseKind: { kind: "Widget" } }];
  const stale = { metadata: { name: "metrics.k8s.io" }, versions: [{ version: "v1beta1", freshness: "Stale" }] };
  const found = { metadata: { name: "example.test" }, versions: [{ version: "v1", resources }] };
  const groups = [{ name: "metrics.k8s.io" }, { name: "example.test", preferredVersion: { version: "v1" } }];
  const list = { kind: "APIResourceList", resources: [{ name: "widgets", kind: "Widget", namespaced: false }] };
  server.answer(json(200, { kind: "APIGroupDiscoveryList", items: [stale, found] }), json(200, {}));
  await client.kube["widgets.example.test"].get("a");
  await using older = jobClient(server, { "widgets.example.test": ["get"] });
  server.answer(json(200, { kind: "APIGroupList", groups }), json(200, list), json(200, {}));
  await older.kube["widgets.example.test"].get("a");
  const asked = server.requests.map(({ target }) => target);
  expect(asked).toEqual(["/apis", "/apis/example.test/v1/widgets/a", "/apis", "/apis/example.test/v1", asked[1]]);
});

test("a custom resource is found if the server answers only its groups [K1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "clusters.example.test": ["get"] });
  server.answer(
    json(200, { kind: "APIGroupList", groups: [{ name: "example.test", preferredVersion: { version: "v2" } }] }),
    json(200, { kind: "APIResourceList", resources: [{ name: "clusters", kind: "Cluster", namespaced: false }] }),
    json(200, {}),
  );
  await client.kube["clusters.example.test"].get("a");
  expect(server.requests.at(-1)?.target).toBe("/apis/example.test/v2/clusters/a");
});

test("the guard refuses an undeclared custom resource before discovery", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "clusters.example.test": ["get"] });
  const kube = client.kube as unknown as Record<string, { list(): unknown }>;
  expect(() => kube.nodes?.list()).toThrow("not declare");
  expect(server.requests).toHaveLength(0);
});

test("a printed API error contains neither token nor body [O1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { secrets: ["create"] });
  server.answer(status(422, "Invalid", "secret is invalid"));
  const error = await client.kube.secrets
    .create({ metadata: { name: "s" }, stringData: { password: "canary" } })
    .catch((thrown: unknown) => thrown);
  const { inspect } = await import("node:util");
  const printed = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
  expect(printed).toContain("Invalid");
  expect(printed).not.toContain("canary");
  expect(printed).not.toContain("test-token");
});

test("an error from the pipeline has its caller in the stack [P5]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["get"] });
  server.answer(status(404, "NotFound", "not found"));
  async function theJobsOwnFunction() {
    return await client.kube.pods.get("web");
  }
  const error = await theJobsOwnFunction().catch((thrown: unknown) => thrown);
  expect((error as Error).stack).toContain("theJobsOwnFunction");
});

test("a newly defined custom resource is found by one more discovery request, not by repeated ones [K2] [K4]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "widgets.example.test": ["get"], "gadgets.example.test": ["get"] });
  const found = (...names: readonly string[]) =>
    json(200, {
      kind: "APIGroupDiscoveryList",
      items: [
        {
          metadata: { name: "example.test" },
          versions: [
            {
              version: "v1",
              resources: names.map((resource) => ({ resource, scope: "Cluster", responseKind: { kind: "K" } })),
            },
          ],
        },
      ],
    });
  server.answer(found("widgets"), json(200, {}), found("widgets", "gadgets"), json(200, {}));
  await client.kube["widgets.example.test"].get("a");
  await client.kube["gadgets.example.test"].get("b");
  expect(server.requests.map(({ target }) => target)).toEqual([
    "/apis",
    "/apis/example.test/v1/widgets/a",
    "/apis",
    "/apis/example.test/v1/gadgets/b",
  ]);
});

const NO_GROUPS = { kind: "APIGroupDiscoveryList", items: [] };

test.each([
  ["does not serve groups at all", status(404, "NotFound", "the server could not find the requested resource")],
  ["has none of that name", json(200, NO_GROUPS)],
])(
  "a custom resource is reported missing after one more discovery request if the server %s [K2]",
  async (_what, answer) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, { "widgets.example.test": ["get"] });
    server.answer(answer, answer);
    await expect(client.kube["widgets.example.test"].get("a")).rejects.toThrow("the cluster has no resource widgets");
    expect(server.requests.map(({ target }) => target)).toEqual(["/apis", "/apis"]);
  },
);

test("a missing custom resource is requested once a second, for all callers together [K2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "widgets.example.test": ["get"] });
  server.otherwise(json(200, NO_GROUPS));
  const ask = () => client.kube["widgets.example.test"].get("a");
  const askAll = () => Promise.allSettled(Array.from({ length: 50 }, ask));
  await askAll();
  expect(server.requests).toHaveLength(2);
  expect(client.waits).toEqual([]);
  await askAll();
  expect(server.requests).toHaveLength(3);
  expect(client.waits).toEqual([expect.toSatisfy((wait: number) => wait > 0 && wait <= 1_000)]);
});

test("the group of a custom resource is requested once if the server answers only its groups [K2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "clusters.example.test": ["get"] });
  server.answer(
    json(200, { kind: "APIGroupList", groups: [{ name: "example.test", preferredVersion: { version: "v2" } }] }),
    json(200, { kind: "APIResourceList", resources: [{ name: "clusters", kind: "Cluster", namespaced: false }] }),
  );
  server.otherwise(json(200, {}));
  for (const name of ["a", "b"]) await client.kube["clusters.example.test"].get(name);
  expect(server.requests).toHaveLength(4);
});

test("errors of a job's own functions reach the job unchanged [E10]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.otherwise(json(200, podList(["a", "b"])));
  const mine = new Error("the job's own");
  const inList = async () => {
    for await (const _pod of client.kube.pods.list()) throw mine;
  };
  await expect(inList()).rejects.toBe(mine);
  const inForEach = client.kube.forEach(client.kube.pods.list(), async () => {
    throw mine;
  });
  await expect(inForEach).rejects.toBe(mine);
});

test.each([
  ["is stale", { kind: "APIGroupDiscoveryList" }],
  ["cannot be asked for its resources", { kind: "APIGroupList" }],
])("a resource of an unavailable aggregated API is reported as unavailable: discovery %s", async (_how, { kind }) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "pods.metrics.k8s.io": ["list"] });
  const name = "metrics.k8s.io";
  const version = "v1beta1";
  const items = [{ metadata: { name }, versions: [{ version, freshness: "Stale" }] }];
  const groups = [{ name, preferredVersion: { version } }];
  server.otherwise((response, request, socket) =>
    (request.target === "/apis" ? json(200, { kind, items, groups }) : status(503, "ServiceUnavailable", "away"))(
      response,
      request,
      socket,
    ),
  );
  const read = () => client.kube["pods.metrics.k8s.io"].list().toArray();
  await expect(read()).rejects.toMatchObject({
    name: "TransportError",
    code: "API_UNAVAILABLE",
    message: expect.stringContaining("pods.metrics.k8s.io: its API v1beta1.metrics.k8s.io is unavailable"),
    hint: "run kubectl describe apiservice v1beta1.metrics.k8s.io",
  });
});
