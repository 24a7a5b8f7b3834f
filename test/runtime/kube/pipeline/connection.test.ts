import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import { type KubeRequest, readJson } from "../../../../runtime/kube/requests/request.ts";
import { json, reset, startScriptedServer, status } from "../server/scripted-server.ts";

const VERSIONS: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };

test("createConnection returns the parsed document of an answer, and sends its user agent [O5]", async () => {
  await using server = await startScriptedServer();
  server.answer(json(200, { kind: "APIVersions", versions: ["v1"] }));
  const connection = createConnection(server.config());
  const document = await readJson<{ versions: string[] }>(await connection.send(VERSIONS));
  await connection.close();
  expect(document.versions).toEqual(["v1"]);
  expect(server.requests[0]?.headers.authorization).toBe("Bearer test-token");
  const { version } = createRequire(import.meta.url)("../../../../package.json") as { version: string };
  expect(server.requests[0]?.headers["user-agent"]).toBe(
    `errand/${version} (${process.platform}/${process.arch}) kubernetes-client`,
  );
});

test.each([
  ["reads", {}],
  ["writes", { method: "POST", body: "{}" }],
  ["deletions with options", { method: "DELETE", body: "{}" }],
] as const)("createConnection reuses one connection for successive %s [C10]", async (_what, more) => {
  await using server = await startScriptedServer();
  server.otherwise(json(200, {}));
  const connection = createConnection(server.config());
  for (let count = 0; count < 100; count += 1) await connection.send({ ...VERSIONS, ...more });
  await connection.close();
  expect(server.connections).toBe(1);
});

test("createConnection retries a read after a reset, and counts both [D1]", async () => {
  await using server = await startScriptedServer();
  server.answer(reset, json(200, {}));
  const connection = createConnection(server.config(), { sleep: async () => {} });
  await connection.send(VERSIONS);
  await connection.close();
  expect(connection.stats).toMatchObject({ requests: 2, retries: 1 });
});

test("createConnection turns a Status into an ApiError with reason, code and message [E1]", async () => {
  await using server = await startScriptedServer();
  server.answer(status(404, "NotFound", 'pods "web" not found'));
  const connection = createConnection(server.config());
  const answer = connection.send({
    ...VERSIONS,
    path: "/api/v1/namespaces/shop/pods/web",
    attributes: { verb: "get", group: "", version: "v1", resource: "pods", namespace: "shop", name: "web" },
  });
  await expect(answer).rejects.toMatchObject({
    name: "ApiError",
    code: 404,
    reason: "NotFound",
    message: 'get pods "web" in namespace "shop": 404 NotFound: pods "web" not found',
  });
  await connection.close();
});
