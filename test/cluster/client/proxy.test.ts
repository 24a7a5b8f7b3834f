import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Access } from "../../../runtime/job/access.ts";
import type { ConnectedClient } from "../../../runtime/kube/connect.ts";
import type { ObjectOf } from "../../../runtime/kube/surface/kube.ts";
import type { AuditEvent } from "../audit.ts";
import { TestNamespace } from "../namespace.ts";
import { PATIENCE, until } from "../until.ts";
import { adminClient, jobClientOf } from "./real-client.ts";

const PORT = 8080;
/** Says what it was sent; at some paths it ends the connection, or refuses. What it has seen is at /seen. */
const PROGRAM = `const seen = [];
require("http").createServer((request, response) => {
  const { method, url, headers } = request;
  let body = "";
  request.on("data", (part) => body += part);
  request.on("end", () => {
    if (url === "/seen") return response.end(JSON.stringify(seen));
    seen.push(method + " " + url);
    if (url === "/cut") return request.socket.destroy();
    response.writeHead(Number(/^\\/(\\d+)/.exec(url)?.[1] ?? 200), { "retry-after": "1" });
    response.end(JSON.stringify({ method, url, type: headers["content-type"], token: headers.authorization, body }));
  });
}).listen(${PORT});`;

const WRITES = [
  ["POST", "create"],
  ["PUT", "update"],
  ["PATCH", "patch"],
  ["DELETE", "delete"],
] as const;
const ALL = ["get", "create", "update", "patch", "delete"] as const;

let namespace: TestNamespace;
let client: ConnectedClient;

type Proxy = (target: string, path: string, options?: object) => Promise<string>;
/** Of one method that is only known as the test runs. */
const proxyOf = (kube: unknown): Proxy => (kube as { services: { proxy: Proxy } }).services.proxy;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-proxy");
  client = await adminClient(namespace);
  const container = {
    name: "main",
    image: namespace.access.nodeImage,
    command: ["node", "-e", PROGRAM],
    imagePullPolicy: "IfNotPresent" as const,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: "RuntimeDefault" as const },
    },
    readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1, timeoutSeconds: 10 },
  };
  await client.kube.pods.create({
    metadata: { name: "echo", labels: { app: "echo" } },
    spec: { terminationGracePeriodSeconds: 0, containers: [container] },
  });
  await client.kube.services.create({
    metadata: { name: "echo" },
    spec: { selector: { app: "echo" }, ports: [{ name: "http", port: 80, targetPort: PORT }] },
  });
  const isReady = ({ status }: ObjectOf<"pods">) => status?.containerStatuses?.[0]?.ready === true;
  expect(await client.kube.pods.waitFor("echo", isReady, { timeout: PATIENCE })).not.toBe("gone");
  await until("the service has its endpoint", () =>
    client.kube.services.proxy("echo:http", "/seen").then(
      () => true,
      () => false,
    ),
  );
});

afterAll(async () => {
  await client.close();
  await namespace.delete();
});

const seen = async (): Promise<string[]> => JSON.parse(await client.kube.pods.proxy(`echo:${PORT}`, "/seen"));

/** Of requests that may last the audit log has two stages. */
async function requestsOf(account: string): Promise<readonly AuditEvent[]> {
  const events = await namespace.requestsOf(account);
  return [...new Map(events.map((event) => [event.auditID, event])).values()];
}

describe("the client's proxy on a real API server", () => {
  it.each(WRITES)("sends a %s with its body and its query, encoded once, to a service and to a pod", async (method) => {
    const query = { path: "/other?x", a: ["1&2", "%41"], ü: "ä b+c" };
    const url = "/orders/1?path=%2Fother%3Fx&a=1%262&a=%2541&%C3%BC=%C3%A4%20b%2Bc";
    const body = { text: "zwölf" };
    const answer = JSON.parse(await proxyOf(client.kube)("echo:http", "/orders/1", { method, body, query }));
    expect(answer).toEqual({ method, url, type: "application/json", body: '{"text":"zwölf"}' });
    const { pods } = client.kube as unknown as { pods: { proxy: Proxy } };
    const text = await pods.proxy(`echo:${PORT}`, "/", { method, body: "a,b", contentType: "text/csv" });
    expect(JSON.parse(text)).toEqual({ method, url: "/", type: "text/csv", body: "a,b" });
  });

  it("sends a GET with its query", async () => {
    const answer = JSON.parse(await client.kube.services.proxy("echo:80", "/a/b/", { query: { verbose: true } }));
    expect(answer).toEqual({ method: "GET", url: "/a/b/?verbose=true", body: "" });
  });

  it.each(WRITES)("needs for %s only the verb %s, in the guard and in the Role", async (method, verb) => {
    const access: Access = { "services/proxy": { verbs: [verb], names: ["echo:http"] } };
    const account = `may-${verb}`;
    await using job = await jobClientOf(namespace, account, { "services/proxy": ALL }, { granted: access });
    await using bound = await jobClientOf(namespace, account, access);
    const methods = ["GET", ...WRITES.map(([one]) => one)];
    for (const other of methods.filter((one) => one !== method)) {
      const refused = { code: 403, hint: expect.stringContaining("services/proxy") };
      await expect(proxyOf(job.kube)("echo:http", "/", { method: other })).rejects.toMatchObject(refused);
      await expect(proxyOf(bound.kube)("echo:http", "/", { method: other })).rejects.toMatchObject({
        reason: "NotDeclared",
      });
    }
    expect(JSON.parse(await proxyOf(bound.kube)("echo:http", "/", { method }))).toMatchObject({ method });
    expect(bound.stats).toMatchObject({ requests: 1, mutations: { [verb]: { "services/proxy": 1 } } });
    const passed = (await requestsOf(account)).filter(({ responseStatus }) => responseStatus?.code === 200);
    expect(passed.map((one) => one.verb)).toEqual([verb]);
  });

  it("is refused in a dry run except for GET, and nothing arrives [P3]", async () => {
    await using job = await jobClientOf(namespace, "dry", { "services/proxy": ALL }, { dryRun: true });
    const before = await seen();
    for (const [method] of WRITES) {
      await expect(proxyOf(job.kube)("echo:http", "/dry", { method })).rejects.toMatchObject({ reason: "NoDryRun" });
    }
    expect(JSON.parse(await job.kube.services.proxy("echo:http", "/read"))).toMatchObject({ method: "GET" });
    expect((await seen()).slice(before.length)).toEqual(["GET /read"]);
    expect(await requestsOf("dry")).toHaveLength(1);
  });

  it.each([
    ["/cut", { code: 503, reason: "ServiceUnavailable", outcomeUnknown: true }],
    ["/429", { code: 429, outcomeUnknown: false, retryAfterSeconds: 1 }],
    ["/503", { code: 503, outcomeUnknown: true }],
    ["/500", { code: 500, outcomeUnknown: true }],
    ["/404", { code: 404, outcomeUnknown: false }],
  ])(
    "sends a POST once if the service answers %s, and quotes nothing of the answer [D3] [O1]",
    async (path, expected) => {
      const before = await seen();
      await using job = await jobClientOf(namespace, `post${path.slice(1)}`, { "services/proxy": ["create"] });
      const post = job.kube.services.proxy("echo:http", path, { method: "POST", body: "canary-52c0" });
      const error: unknown = await post.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: "ApiError", ...expected });
      expect(JSON.stringify(error) + String(error)).not.toContain("canary-52c0");
      expect((await seen()).slice(before.length)).toEqual([`POST ${path}`]);
      expect(job.stats.mutations).toEqual(expected.outcomeUnknown ? { create: { "services/proxy": 1 } } : {});
    },
  );

  it("returns the server's message for a service without endpoints", async () => {
    await client.kube.services.create({ metadata: { name: "empty" }, spec: { ports: [{ port: 80 }] } });
    await expect(client.kube.services.proxy("empty:80", "/", { method: "POST" })).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      serverMessage: expect.stringContaining("no endpoints available"),
    });
  });
});
