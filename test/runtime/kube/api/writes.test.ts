import { expect, test } from "vitest";
import { jobClient, pod, podList } from "../server/job-client.ts";
import { json, reset, type ScriptedServer, startScriptedServer, status } from "../server/scripted-server.ts";

function body(server: ScriptedServer, index = 0): unknown {
  return JSON.parse(server.requests[index]?.body ?? "");
}

const READ_CONFIG = { metadata: { name: "c", resourceVersion: "5" }, data: { a: "1" } };

test("update writes the object under the version that was read [I5] [I8] [I17]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["update"] });
  server.answer(json(200, {}));
  await client.kube.configmaps.update(READ_CONFIG);
  expect(server.requests[0]).toMatchObject({
    method: "PUT",
    target: "/api/v1/namespaces/shop/configmaps/c?fieldManager=errand&fieldValidation=Strict",
  });
  expect(body(server)).toEqual({ ...READ_CONFIG, apiVersion: "v1", kind: "ConfigMap" });
});

test("update refuses an object without its version before it sends anything [I8]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["update"] });
  await expect(client.kube.configmaps.update({ metadata: { name: "c" } })).rejects.toThrow(
    "no metadata.resourceVersion",
  );
  expect(server.requests).toHaveLength(0);
});

test("update omits the version if it is unconditional [I8]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["update"] });
  server.answer(json(200, {}));
  await client.kube.configmaps.update(READ_CONFIG, { unconditional: true });
  expect(body(server)).toMatchObject({ metadata: { name: "c" } });
  expect(body(server)).not.toHaveProperty("metadata.resourceVersion");
});

test("apply sends an apply patch with its manager, and force only if requested [I1] [I3]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["patch"] });
  server.answer(json(200, {}), json(200, {}));
  await client.kube.configmaps.apply({ metadata: { name: "c" }, data: { a: "1" } });
  await client.kube.configmaps.apply({ metadata: { name: "c" } }, { force: true, fieldManager: "me" });
  expect(server.requests[0]).toMatchObject({
    method: "PATCH",
    target: "/api/v1/namespaces/shop/configmaps/c?fieldManager=errand&fieldValidation=Strict",
    headers: { "content-type": "application/apply-patch+yaml" },
  });
  expect(body(server)).toEqual({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: "1" } });
  expect(server.requests[1]?.target).toContain("fieldManager=me&fieldValidation=Strict&force=true");
});

test("apply accepts an object as YAML text, parsed like parseYaml [N7]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["patch"] });
  server.answer(json(200, {}));
  const text = "# what\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata:\n  on: yes\n  id: '017'\n";
  await client.kube.configmaps.apply(text, { force: true });
  expect(server.requests[0]?.target).toContain("/configmaps/c?fieldManager=errand&fieldValidation=Strict&force=true");
  expect(body(server)).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "c" },
    data: { on: "yes", id: "017" },
  });
});

test("apply is retried after a lost answer, because it is idempotent [D5]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["patch"] });
  server.answer(reset, json(200, {}));
  await client.kube.configmaps.apply({ metadata: { name: "c" } });
  expect(server.requests).toHaveLength(2);
});

test("apply names the managers of conflicting fields [I4]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["patch"] });
  const causes = [{ reason: "FieldManagerConflict", message: 'conflict with "kubectl"', field: ".data.a" }];
  server.answer(status(409, "Conflict", "Apply failed with 1 conflict", { details: { causes } }));
  await expect(client.kube.configmaps.apply({ metadata: { name: "c" } })).rejects.toMatchObject({
    reason: "Conflict",
    causes,
  });
});

test.each([
  [{ metadata: {} }, {}, "no metadata.name"],
  [{ metadata: { name: "c", managedFields: [] } }, {}, "leave out metadata.managedFields"],
  [{ metadata: { name: "c" } }, { fieldManager: "" }, "field manager"],
  [{ metadata: { name: "c" } }, { fieldManager: "x".repeat(129) }, "field manager"],
  [{ kind: "Secret" as "ConfigMap", metadata: { name: "c" } }, {}, "expected an object of kind ConfigMap"],
  ["apiVersion: v1\nkind: Secret\nmetadata: { name: c }", {}, "expected an object of kind ConfigMap"],
  ["apiVersion: v1\nkind: ConfigMap\nmetadata: {}", {}, "no metadata.name"],
  ["a: [", {}, "the YAML cannot be read"],
  ["a: 1", {}, "no apiVersion and kind"],
  ["# nothing", {}, "expected one object in the YAML, found no object"],
  ["kind: A\napiVersion: v1\n---\nkind: B\napiVersion: v1", {}, "expected one object in the YAML, found 2 objects"],
])("apply refuses row %# before it sends anything [I3]", async (object, options, message) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["patch"] });
  await expect(client.kube.configmaps.apply(object, options)).rejects.toThrow(message);
  expect(server.requests).toHaveLength(0);
});

test("scale sends replicas even if they are 0 [I13]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "deployments/scale": ["patch", "get"] });
  server.answer(json(200, {}), json(200, { spec: { replicas: 0 } }));
  await client.kube.deployments.scale("web", 0);
  expect((await client.kube.deployments.getScale("web")).spec?.replicas).toBe(0);
  expect(server.requests.map(({ method, target }) => `${method} ${target.split("?")[0]}`)).toEqual([
    "PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale",
    "GET /apis/apps/v1/namespaces/shop/deployments/web/scale",
  ]);
  expect(body(server)).toEqual({ spec: { replicas: 0 } });
  await expect(client.kube.deployments.scale("web", -1)).rejects.toThrow("not a number of replicas");
});

test("updateScale writes the scale that was read, even with 0 replicas [I13] [I8]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "deployments/scale": ["get", "update"] });
  const scale = { metadata: { name: "web", resourceVersion: "5" }, spec: { replicas: 0 } };
  server.answer(json(200, {}));
  await client.kube.deployments.updateScale(scale);
  expect(server.requests[0]).toMatchObject({
    method: "PUT",
    target: "/apis/apps/v1/namespaces/shop/deployments/web/scale?fieldManager=errand&fieldValidation=Strict",
  });
  expect(body(server)).toEqual({ ...scale, apiVersion: "autoscaling/v1", kind: "Scale" });
  expect(client.stats.mutations).toEqual({ update: { "deployments.apps": 1 } });
});

test.each([
  ["has no number", { metadata: { name: "web", resourceVersion: "5" }, spec: {} }, "not a number of replicas"],
  [
    "has less than none",
    { metadata: { name: "web", resourceVersion: "5" }, spec: { replicas: -1 } },
    "not a number of",
  ],
  ["has no version", { metadata: { name: "web" }, spec: { replicas: 1 } }, "no metadata.resourceVersion"],
  [
    "is a deployment",
    { kind: "Deployment", metadata: { name: "web", resourceVersion: "5" }, spec: { replicas: 1 } },
    "Scale",
  ],
])("updateScale refuses a scale that %s before it sends anything [I13]", async (_what, scale, message) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "deployments/scale": ["update"] });
  const update = async () => client.kube.deployments.updateScale(scale);
  await expect(update()).rejects.toThrow(message);
  expect(server.requests).toHaveLength(0);
});

test("patchStatus sends only the status, to the status subresource [I14]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "deployments/status": ["patch", "get", "update"] });
  server.otherwise(json(200, {}));
  await client.kube.deployments.patchStatus("web", { replicas: 1 });
  await client.kube.deployments.getStatus("web");
  expect(body(server)).toEqual({ status: { replicas: 1 } });
  expect(server.requests.map(({ method, target }) => `${method} ${target.split("?")[0]}`)).toEqual([
    "PATCH /apis/apps/v1/namespaces/shop/deployments/web/status",
    "GET /apis/apps/v1/namespaces/shop/deployments/web/status",
  ]);
});

test("restart sets the same annotation as kubectl", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { deployments: ["patch"] });
  server.answer(json(200, {}));
  await client.kube.deployments.restart("web");
  expect(body(server)).toEqual({
    spec: {
      template: {
        metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": expect.stringMatching(/^\d{4}-.*:\d\dZ$/) } },
      },
    },
  });
});

const WEB = { metadata: { name: "web", namespace: "shop", uid: "u", resourceVersion: "7" } };
const BLOCKED = status(429, "TooManyRequests", "it would violate the pod's disruption budget", {
  details: { causes: [{ reason: "DisruptionBudget", message: "needs 1" }], retryAfterSeconds: 9 },
});

test("evict sends a policy/v1 Eviction with the pod's preconditions [I12] [P1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "pods/eviction": ["create"] });
  server.answer(json(201, { kind: "Status", status: "Success" }));
  expect(await client.kube.pods.evict(WEB, { gracePeriodSeconds: 0 })).toBe("evicted");
  expect(server.requests[0]).toMatchObject({ method: "POST", target: "/api/v1/namespaces/shop/pods/web/eviction" });
  expect(body(server)).toEqual({
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name: "web", namespace: "shop" },
    deleteOptions: { gracePeriodSeconds: 0, preconditions: { uid: "u", resourceVersion: "7" } },
  });
  expect(client.stats.mutations).toEqual({ delete: { pods: 1 } });
});

test("evict waits for the disruption budget for the time that the server requests [I12]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "pods/eviction": ["create"] });
  server.answer(BLOCKED, BLOCKED, json(201, {}));
  expect(await client.kube.pods.evict("web")).toBe("evicted");
  expect(client.waits).toEqual([9_000, 9_000]);
  expect(client.stats.throttledMs).toBe(0);
});

test.each([
  [status(404, "NotFound", "not found"), "gone"],
  [status(409, "Conflict", "precondition failed"), "changed"],
])("evict returns the result in row %# [P1]", async (answer, result) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "pods/eviction": ["create"] });
  server.answer(answer);
  expect(await client.kube.pods.evict(WEB)).toBe(result);
});

test("evict throws the budget's message on timeout [I12]", async () => {
  await using server = await startScriptedServer();
  const { sleep } = await import("../../../../runtime/kube/values/time.ts");
  await using client = jobClient(server, { "pods/eviction": ["create"] }, { sleep });
  server.otherwise(BLOCKED);
  await expect(client.kube.pods.evict("web", { timeout: "2s" })).rejects.toMatchObject({
    name: "WaitTimeoutError",
    message: expect.stringContaining("disruption budget"),
  });
});

test("evict does not wait in a dry run, and counts what the real run would evict [P3]", async () => {
  await using server = await startScriptedServer();
  const options = { dryRun: true, limits: { delete: 1 } };
  await using client = jobClient(server, { "pods/eviction": ["create"] }, options);
  server.otherwise(BLOCKED);
  expect(await client.kube.pods.evict("a")).toBe("evicted");
  expect(client.stats.mutations).toEqual({ delete: { pods: 1 } });
  expect(client.waits).toEqual([]);
  expect(client.crossed()).toBeUndefined();
  expect(await client.kube.pods.evict("b")).toBe("evicted");
  expect(client.crossed()).toMatchObject({ name: "LimitExceededError" });
});

test("evict passes on the server's error for misconfigured budgets [I12]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "pods/eviction": ["create"] });
  server.answer(status(500, "InternalError", "This pod has more than one PodDisruptionBudget"));
  await expect(client.kube.pods.evict("web")).rejects.toMatchObject({ code: 500 });
});

test("a dry run sends every mutation as a dry run [P3] [I7]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(
    server,
    {
      pods: ["create", "update", "patch", "delete", "deletecollection"],
      "pods/eviction": ["create"],
      "deployments/scale": ["patch"],
    },
    { dryRun: true },
  );
  server.otherwise(json(200, pod("web")));
  const { kube } = client;
  await kube.pods.create({ metadata: { name: "a" }, spec: { containers: [] } });
  await kube.pods.update({ metadata: { name: "a", resourceVersion: "1" }, spec: { containers: [] } });
  await kube.pods.patch("a", {});
  await kube.pods.apply({ metadata: { name: "a" }, spec: { containers: [] } });
  await kube.pods.delete("a");
  await kube.pods.deleteCollection({ all: true });
  await kube.pods.evict("a");
  await kube.deployments.scale("a", 1);
  expect(server.requests).toHaveLength(8);
  for (const { target } of server.requests) expect(target).toContain("dryRun=All");
});

test("listMetadata requests only metadata [G1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, { ...podList(["a"]), kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1" }));
  const [first] = await client.kube.pods.listMetadata().toArray();
  expect(first?.metadata.name).toBe("a");
  expect(server.requests[0]?.headers.accept).toContain("as=PartialObjectMetadataList");
});

test("listMetadata returns metadata alone even if the server answers whole objects [G1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, { ...podList([]), items: [pod("a", { spec: { containers: [] } })] }));
  const [first] = await client.kube.pods.listMetadata().toArray();
  expect(first).toEqual({ apiVersion: "v1", kind: "Pod", metadata: expect.objectContaining({ name: "a" }) });
});

test("modify starts over on a conflict, and gives up after five attempts [D13]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["get", "update"] });
  const conflict = status(409, "Conflict", "the object has been modified");
  server.answer(
    json(200, READ_CONFIG),
    conflict,
    json(200, { ...READ_CONFIG, metadata: { name: "c", resourceVersion: "6" } }),
    json(200, {}),
  );
  await client.kube.configmaps.modify("c", (config) => ({ ...config, data: { ...config.data, b: "2" } }));
  expect(body(server, 3)).toMatchObject({ metadata: { resourceVersion: "6" }, data: { a: "1", b: "2" } });
  for (let count = 0; count < 5; count += 1) server.answer(json(200, READ_CONFIG), conflict);
  await expect(client.kube.configmaps.modify("c", (config) => config)).rejects.toMatchObject({ reason: "Conflict" });
  expect(server.requests).toHaveLength(14);
});

test("modify does not retry other errors [D13]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { configmaps: ["get", "update"] });
  server.answer(json(200, READ_CONFIG), status(422, "Invalid", "no"));
  await expect(client.kube.configmaps.modify("c", (config) => config)).rejects.toMatchObject({ reason: "Invalid" });
});

test("resize, addEphemeralContainer and bind use their subresources", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, {
    "pods/resize": ["patch"],
    "pods/ephemeralcontainers": ["patch"],
    "pods/binding": ["create"],
  });
  server.otherwise(json(200, {}));
  await client.kube.pods.resize("web", { spec: {} });
  await client.kube.pods.addEphemeralContainer("web", { name: "debug", image: "busybox" });
  await client.kube.pods.bind("web", "node-1");
  expect(server.requests.map(({ method, target }) => `${method} ${target.split("?")[0]?.split("/").at(-1)}`)).toEqual([
    "PATCH resize",
    "PATCH ephemeralcontainers",
    "POST binding",
  ]);
  expect(body(server, 1)).toEqual({ spec: { ephemeralContainers: [{ name: "debug", image: "busybox" }] } });
  expect(body(server, 2)).toMatchObject({ target: { kind: "Node", name: "node-1" } });
});

test("bind of an object sends its uid and version as preconditions [P1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "pods/binding": ["create"] });
  server.otherwise(json(200, {}));
  const metadata = { name: "web", namespace: "shop", uid: "u", resourceVersion: "7" };
  await client.kube.pods.bind({ metadata }, "node-1");
  expect(body(server)).toMatchObject({ metadata: { name: "web", uid: "u", resourceVersion: "7" } });
});

test("createToken returns the token, which no error contains [O1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "serviceaccounts/token": ["create"] });
  const answer = { token: "canary", expirationTimestamp: "2026-01-01T00:00:00Z" };
  server.answer(json(201, { status: answer }));
  expect(await client.kube.serviceaccounts.createToken("job", { expirationSeconds: 600 })).toEqual(answer);
  expect(body(server)).toMatchObject({ spec: { audiences: [], expirationSeconds: 600 } });
});

test("a selector can have the form of a workload's [J5] [J6]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { pods: ["list"] });
  server.answer(json(200, podList([])));
  await client.kube.pods
    .list({ labelSelector: { matchLabels: { app: "web" } }, fieldSelector: { "status.phase": "Failed" } })
    .toArray();
  expect(decodeURIComponent(server.requests[0]?.target ?? "")).toContain(
    "labelSelector=app=web&fieldSelector=status.phase=Failed",
  );
});
