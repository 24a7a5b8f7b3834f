import { expect, test } from "vitest";
import { createConnection } from "../../../../runtime/kube/connection.ts";
import type { Trace } from "../../../../runtime/kube/steps/trace.ts";
import { json, reset, startScriptedServer } from "../server/scripted-server.ts";

test("onRequest is told of every request that went out, without names and values [O6]", async () => {
  await using server = await startScriptedServer();
  server.answer(reset, json(200, {}), json(200, {}));
  const traces: Trace[] = [];
  const connection = createConnection(server.config(), { sleep: async () => {}, onRequest: (one) => traces.push(one) });
  const subject = {
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
    subject,
  });
  await connection.send({ method: "GET", path: "/api", query: [], headers: {} });
  await connection.close();
  expect(traces).toEqual([
    { verb: "get", resource: "deployments.apps", reason: "Unreachable", durationMs: expect.any(Number) },
    { verb: "get", resource: "deployments.apps", status: 200, durationMs: expect.any(Number) },
    { verb: "get", resource: "/api", status: 200, durationMs: expect.any(Number) },
  ]);
});

test("nothing that is traced or warned of holds a body, a Secret's least of all [O2]", async () => {
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
      subject: { verb: "create", group: "", version: "v1", resource: "secrets", namespace: "shop" },
    });
  await create();
  await expect(create()).rejects.toMatchObject({ reason: "Invalid" });
  await connection.close();
  expect(told).toEqual([
    { verb: "create", resource: "secrets", status: 201, durationMs: expect.any(Number) },
    "spec.old is deprecated",
    { verb: "create", resource: "secrets", status: 422, durationMs: expect.any(Number) },
  ]);
  expect(JSON.stringify([told, connection.stats])).not.toContain("canary");
});
