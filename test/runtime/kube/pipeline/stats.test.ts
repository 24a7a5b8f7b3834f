import { expect, test } from "vitest";
import { connect } from "../../../../runtime/kube/connect.ts";
import { createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import { parseWarnings, StatsRecorder, type Trace } from "../../../../runtime/kube/pipeline/stats.ts";
import { json, reset, startScriptedServer } from "../server/scripted-server.ts";

test("onRequest is called for every request that is sent, without names and values [O6]", async () => {
  await using server = await startScriptedServer();
  server.answer(reset, json(200, {}), json(200, {}));
  const traces: Trace[] = [];
  const connection = createConnection(server.config(), { sleep: async () => {}, onRequest: (one) => traces.push(one) });
  const attributes = {
    verb: "get",
    group: "apps",
    version: "v1",
    resource: "deployments",
    namespace: "shop",
    name: "web",
  } as const;
  await connection.send({
    method: "GET",
    path: "/apis/apps/v1/namespaces/shop/deployments/web",
    query: [],
    headers: {},
    attributes,
  });
  await connection.send({ method: "GET", path: "/api", query: [], headers: {} });
  await connection.close();
  const about = {
    verb: "get",
    resource: "deployments.apps",
    urlTemplate: "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
    durationMs: expect.any(Number),
  };
  expect(traces).toEqual([
    { ...about, attempt: 1, reason: "Unreachable" },
    { ...about, attempt: 2, status: 200 },
    { verb: "get", resource: "/api", urlTemplate: "/api", attempt: 1, status: 200, durationMs: expect.any(Number) },
  ]);
});

test("onRequest reports few URL templates for any names, namespaces and selectors [O6]", async () => {
  await using server = await startScriptedServer();
  const templates = new Set<string>();
  await using client = await connect(server.config(), { onRequest: ({ urlTemplate }) => templates.add(urlTemplate) });
  server.otherwise(json(200, { kind: "PodList", items: [] }));
  const { kube } = client;
  for (const name of ["one", "two", "namespaces", "pods"]) {
    const there = kube.inNamespace(name);
    await there.pods.list({ fieldSelector: `metadata.name=${name}` }).toArray();
    await there.pods.get(name);
    await there.pods.evict(name);
    await there.services.proxy(name, `/metrics/${name}`);
    await there.deployments.getScale(name);
    await kube.allNamespaces.pods.list({ labelSelector: `app=${name}` }).toArray();
    await kube.nodes.get(name);
    await kube.namespaces.get(name);
    await there.pods.create({ metadata: { name }, spec: { containers: [] } });
  }
  expect([...templates].sort()).toEqual(
    [
      "/api/v1/namespaces/{namespace}/pods",
      "/api/v1/namespaces/{namespace}/pods/{name}",
      "/api/v1/namespaces/{namespace}/pods/{name}/eviction",
      "/api/v1/namespaces/{namespace}/services/{name}/proxy/{path}",
      "/api/v1/namespaces/{name}",
      "/api/v1/nodes/{name}",
      "/api/v1/pods",
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale",
    ].sort(),
  );
});

test("traces and warnings contain no body, in particular no Secret's [O2]", async () => {
  await using server = await startScriptedServer();
  const told: unknown[] = [];
  const warning = { warning: '299 - "spec.old is deprecated"' };
  server.answer(
    json(201, { kind: "Secret", data: { key: "canary" } }, warning),
    json(422, { kind: "Status", message: "no" }),
  );
  const connection = createConnection(server.config(), {
    onRequest: (one) => told.push(one),
    onWarning: (text) => told.push(text),
  });
  const create = () =>
    connection.send({
      method: "POST",
      path: "/api/v1/namespaces/shop/secrets",
      query: [["fieldManager", "errand"]],
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ metadata: { name: "s" }, stringData: { password: "canary" } }),
      attributes: { verb: "create", group: "", version: "v1", resource: "secrets", namespace: "shop" },
    });
  await create();
  await expect(create()).rejects.toMatchObject({ reason: "Invalid" });
  await connection.close();
  const urlTemplate = "/api/v1/namespaces/{namespace}/secrets";
  const about = { verb: "create", resource: "secrets", urlTemplate, attempt: 1, durationMs: expect.any(Number) };
  expect(told).toEqual([{ ...about, status: 201 }, "spec.old is deprecated", { ...about, status: 422 }]);
  expect(JSON.stringify([told, connection.stats])).not.toContain("canary");
});

test.each([
  ['299 - "old version"', ["old version"]],
  ['299 - "one", 299 - "two"', ["one", "two"]],
  ['299 kube "with \\"quotes\\" and \\\\"', ['with "quotes" and \\']],
  ['299 - "dated" "Thu, 01 Jan 2026 12:00:00 GMT", 299 - "next"', ["dated", "next"]],
  ['199 - "another code"', []],
  ['299 - "control\u0007"', []],
  ["garbage", []],
  ["", []],
])("parseWarnings reads %j [O3]", (header, expected) => {
  expect(parseWarnings(header)).toEqual(expected);
});

test("parseWarnings reads several headers [O3]", () => {
  expect(parseWarnings(['299 - "a"', '299 - "b"'])).toEqual(["a", "b"]);
});

test("StatsRecorder keeps fifty of ten thousand warnings [O3]", () => {
  const stats = new StatsRecorder();
  for (let count = 0; count < 10_000; count += 1) stats.warn(`warning ${count}`);
  expect(stats.warnings).toHaveLength(50);
  expect(stats.warn("warning 0")).toBe(false);
});
