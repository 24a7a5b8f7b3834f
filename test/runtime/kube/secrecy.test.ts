import { inspect } from "node:util";
import { expect, test } from "vitest";
import type { ClusterConfig } from "../../../runtime/kube/config/cluster-config.ts";
import { createConnection } from "../../../runtime/kube/pipeline/connection.ts";
import { NAMED, OTHER_CA } from "./server/certificates.ts";
import { jobClient } from "./server/job-client.ts";
import {
  type Answer,
  fixedToken,
  json,
  reset,
  silence,
  startScriptedServer,
  status,
  text,
} from "./server/scripted-server.ts";

// A canary in the token, in the proxy's credentials and in a Secret's data: no error and no stats may ever hold it.

const CANARY = "canary-8d1f";
const SECRET = { metadata: { name: "s" }, stringData: { password: CANARY }, data: { key: btoa(CANARY) } };

function everything(value: unknown): string {
  const parts = [inspect(value, { depth: 20, showHidden: true, getters: true })];
  if (value instanceof Error)
    parts.push(String(value), value.stack ?? "", JSON.stringify({ ...value }), everything(value.cause));
  else parts.push(JSON.stringify(value) ?? "");
  return parts.join("\n");
}

function expectNoCanary(value: unknown): void {
  const printed = everything(value);
  expect(printed).not.toContain(CANARY);
  expect(printed).not.toContain(btoa(CANARY));
}

const ANSWERS: readonly (readonly [string, Answer])[] = [
  ["401", status(401, "Unauthorized", "Unauthorized")],
  ["403", status(403, "Forbidden", 'User "u" cannot create resource "secrets" in API group ""')],
  ["409", status(409, "AlreadyExists", "exists")],
  ["422", status(422, "Invalid", "invalid")],
  ["502 of a proxy", text(502, "<html>bad gateway</html>", { "content-type": "text/html" })],
  ["302", text(302, "", { location: "https://127.0.0.1:1/" })],
  ["a cut", reset],
  ["an unreadable answer", text(200, "{", { "content-type": "application/json" })],
  ["a page that repeats it", text(200, `<html>${JSON.stringify(SECRET)}`, { "content-type": "text/html" })],
  ["another encoding", text(200, "x", { "content-encoding": "br" })],
  ["silence", silence],
];

test.each(ANSWERS)(
  "no error contains the token or a Secret's data if the server answers %s [O1] [B5]",
  async (_what, answer) => {
    await using server = await startScriptedServer();
    server.otherwise(answer);
    const connection = createConnection(server.config({ token: fixedToken(CANARY) }), {
      sleep: async () => {},
      timeouts: { headersMs: 30 },
    });
    const error = await connection
      .send({
        method: "POST",
        path: "/api/v1/namespaces/shop/secrets",
        query: [],
        headers: { "content-type": "application/json" },
        body: JSON.stringify(SECRET),
        attributes: { verb: "create", group: "", version: "v1", resource: "secrets", namespace: "shop" },
      })
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(Error);
    expectNoCanary(error);
    expectNoCanary(connection);
    await connection.close();
  },
);

test.each<[string, Partial<ClusterConfig>]>([
  ["has a character that no header may have", { token: fixedToken(`${CANARY}\u0001`) }],
  ["is not for this server", { token: fixedToken(CANARY), ca: OTHER_CA }],
  ["is for a server that is not there", { token: fixedToken(CANARY), server: "https://127.0.0.1:1" }],
  [
    "goes through a proxy that is not there",
    { token: fixedToken(CANARY), proxyUrl: `http://me:${CANARY}@127.0.0.1:1` },
  ],
  ["belongs to a client certificate that is none", { clientCertificate: CANARY, clientKey: CANARY }],
])("no error contains the token if it %s [O1]", async (_what, config) => {
  await using server = await startScriptedServer({ identity: NAMED });
  await using client = jobClient(server, { secrets: ["create"] }, { config: server.config(config) });
  const error = await client.kube.secrets.create(SECRET).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  expectNoCanary(error);
  expectNoCanary(client.stats);
});

test("no error of the client itself contains a Secret's data [O1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { secrets: ["create"], configmaps: ["list"] }, { limits: { create: 1 } });
  server.otherwise(json(201, {}));
  const errors: unknown[] = [];
  const collect = (error: unknown) => void errors.push(error);
  await client.kube.secrets.create({ ...SECRET, kind: "Other" as "Secret" }).catch(collect);
  await client.kube.secrets.create({ ...SECRET, metadata: { namespace: "other" } }).catch(collect);
  await client.kube.secrets.create(SECRET);
  await client.kube.secrets.create(SECRET).catch(collect);
  const undeclared = client.kube as unknown as { secrets: { update(object: object): Promise<unknown> } };
  await undeclared.secrets.update({ ...SECRET, metadata: { name: "s", resourceVersion: "1" } }).catch(collect);
  expect(errors).toHaveLength(4);
  for (const error of errors) expectNoCanary(error);
});

test("no error quotes an answer that is almost JSON, as V8's own would [O1]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { secrets: ["get", "list"] });
  const broken = `{"data":{"key": ${CANARY}}}`;
  const list = `{"kind":"SecretList","apiVersion":"v1","metadata":{},"items":[${broken}]}`;
  server.otherwise((response, request, socket) => {
    const body = request.target.endsWith("/s") ? broken : list;
    text(200, body, { "content-type": "application/json" })(response, request, socket);
  });
  for (const call of [() => client.kube.secrets.get("s"), () => client.kube.secrets.list().toArray()]) {
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "TransportError", code: "BAD_ANSWER" });
    // V8 quotes ten characters on both sides of the one that it stumbles over.
    expect(everything(error)).not.toContain(CANARY.slice(0, 6));
  }
});
