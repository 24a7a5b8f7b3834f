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
