import { expect, test } from "vitest";
import { resolveAccess } from "../../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../../runtime/kube/catalog/builtin.ts";
import { dryRun } from "../../../../runtime/kube/pipeline/dry-run.ts";
import { accessGuard, namespaceScope } from "../../../../runtime/kube/pipeline/guards.ts";
import type { KubeRequest, KubeResponse, ResourceAttributes, Step } from "../../../../runtime/kube/requests/request.ts";

const OK = { status: 200, headers: {} } as KubeResponse;

function request(attributes: Partial<ResourceAttributes>, more: Partial<KubeRequest> = {}): KubeRequest {
  return {
    method: "GET",
    path: "/",
    query: [],
    headers: {},
    attributes: {
      verb: "get",
      group: "",
      version: "v1",
      resource: "pods",
      namespace: "shop",
      name: "p",
      ...attributes,
    },
    ...more,
  };
}

/** What a step lets through, or the error that it throws. */
async function through(step: Step, one: KubeRequest): Promise<KubeRequest> {
  let passed: KubeRequest | undefined;
  await step(async (seen) => {
    passed = seen;
    return OK;
  })(one);
  if (passed === undefined) throw new Error("nothing was passed on");
  return passed;
}

const guard = accessGuard({
  serviceAccount: undefined,
  rules: resolveAccess(
    {
      pods: ["get", "list"],
      "pods/log": ["get"],
      "deployments.apps": ["patch"],
      configmaps: { verbs: ["get", "create", "list"], names: ["settings"] },
    },
    builtinCatalog,
  ),
});

test.each([
  [{ verb: "get" }],
  [{ verb: "get", subresource: "log" }],
  [{ verb: "patch", group: "apps", resource: "deployments" }],
  [{ verb: "get", resource: "configmaps", name: "settings" }],
  [{ verb: "list", resource: "configmaps", name: "settings" }],
  [{ verb: "create", group: "authorization.k8s.io", resource: "selfsubjectaccessreviews" }],
] as const)("accessGuard allows %j", async (attributes) => {
  const one = request(attributes);
  expect(await through(guard, one)).toBe(one);
});

test.each([
  [{ verb: "delete" }, 'add pods: ["get", "list", "delete"]'],
  [{ verb: "create", subresource: "log" }, 'add "pods/log": ["get", "create"]'],
  [{ verb: "patch", resource: "deployments" }, 'add deployments: ["patch"]'],
  [
    { verb: "patch", group: "apps", resource: "deployments", subresource: "scale" },
    'add "deployments.apps/scale": ["patch"]',
  ],
  [{ verb: "get", resource: "configmaps", name: "other" }, 'names: ["settings","other"] }'],
  [{ verb: "get", resource: "secrets" }, 'add secrets: ["get"]'],
] as const)("accessGuard refuses %j and says what to declare [P2]", async (attributes, hint) => {
  await expect(through(guard, request(attributes))).rejects.toMatchObject({
    name: "NotDeclaredError",
    reason: "NotDeclared",
    hint: expect.stringContaining(hint),
  });
});

test.each(["/api", "/apis/apps/v1", "/version", "/readyz"])("accessGuard allows reading %s", async (path) => {
  await through(guard, { method: "GET", path, query: [], headers: {} });
});

test.each([
  ["GET", "/metrics"],
  ["POST", "/api"],
  ["GET", "/apiary"],
] as const)("accessGuard refuses %s %s [J4]", async (method, path) => {
  await expect(through(guard, { method, path, query: [], headers: {} })).rejects.toMatchObject({
    name: "NotDeclaredError",
  });
});

test.each([
  ["namespace", "shop"],
  [{ namespaces: ["team-a"] }, "shop"],
  [{ namespaces: ["team-a"] }, "team-a"],
  ["cluster", "anything"],
] as const)("namespaceScope %j allows namespace %s", async (scope, namespace) => {
  await through(namespaceScope(scope, "shop"), request({ namespace }));
});

test.each([
  ["namespace", { namespace: "other" }, 'namespaces: ["other"]'],
  [{ namespaces: ["team-a"] }, { namespace: "other" }, 'namespaces: ["other"]'],
  [{ namespaces: ["team-a"] }, { allNamespaces: true }, 'scope: "cluster"'],
] as const)("namespaceScope %j refuses %j and says what to declare", async (scope, attributes, hint) => {
  await expect(through(namespaceScope(scope, "shop"), request(attributes))).rejects.toMatchObject({
    name: "OutOfScopeError",
    hint: expect.stringContaining(hint),
  });
});

test("namespaceScope leaves cluster-scoped resources to the rules", async () => {
  const { namespace: _none, ...attributes } = { ...request({}).attributes } as ResourceAttributes;
  await through(namespaceScope("namespace", "shop"), {
    ...request({}),
    attributes: { ...attributes, resource: "nodes" },
  });
});

test.each([
  ["create", "POST"],
  ["update", "PUT"],
  ["patch", "PATCH"],
] as const)("dryRun adds dryRun=All to %s, and to subresources [P3] [I7]", async (verb, method) => {
  const passed = await through(
    dryRun,
    request({ verb, subresource: "scale" }, { method, query: [["a", "b"]], body: "{}" }),
  );
  expect(passed.query).toEqual([
    ["a", "b"],
    ["dryRun", "All"],
  ]);
});

test("dryRun adds itself to a deletion's body, where the server reads it [P3] [I7]", async () => {
  const one = request({ verb: "delete" }, { method: "DELETE", body: { kind: "DeleteOptions", gracePeriodSeconds: 0 } });
  const passed = await through(dryRun, one);
  expect(passed.body).toEqual({ kind: "DeleteOptions", gracePeriodSeconds: 0, dryRun: ["All"] });
  expect(passed.query).toEqual([["dryRun", "All"]]);
});

test("dryRun leaves reads unchanged [P3]", async () => {
  const one = request({});
  expect(await through(dryRun, one)).toBe(one);
});

test.each([
  [{ subresource: "exec", verb: "create" }, "GET"],
  [{ subresource: "attach", verb: "create" }, "GET"],
  [{ subresource: "portforward", verb: "create" }, "GET"],
  [{ subresource: "proxy", verb: "create" }, "POST"],
] as const)("dryRun refuses %j by %s, which has no dry run [P3]", async (attributes, method) => {
  await expect(through(dryRun, request(attributes, { method }))).rejects.toMatchObject({ name: "DryRunError" });
});

test.each([
  "/api",
  "/api/v1",
  "/apis",
  "/apis/apps",
  "/apis/apps/v1",
  "/version",
  "/livez/etcd",
  "/openapi/v3/apis/apps/v1",
])("accessGuard allows reading %s without declaration, because every identity may", async (path) => {
  const one: KubeRequest = { method: "GET", path, query: [], headers: {} };
  expect(await through(guard, one)).toBe(one);
});

test.each([
  "/api/v1/secrets",
  "/api/v1/namespaces/shop/secrets",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/namespaces/shop/deployments/web",
  "/metrics",
  "/logs",
])("accessGuard refuses to read the path %s if only other resources are declared", async (path) => {
  const one: KubeRequest = { method: "GET", path, query: [], headers: {} };
  await expect(through(guard, one)).rejects.toMatchObject({ name: "NotDeclaredError" });
});
