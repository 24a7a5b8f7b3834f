import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { policyRules } from "../../../../deploy/manifests/rbac.ts";
import { type Access, resolveAccess } from "../../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../../runtime/kube/catalog/builtin.ts";
import type { ConnectedClient } from "../../../../runtime/kube/connect.ts";
import { contentDigest } from "../../../../runtime/kube/plan/content-digest.ts";
import { proxyRequest } from "../../../../runtime/kube/requests/paths.ts";
import { bodyText } from "../../../../runtime/kube/requests/request.ts";
import type { ProxyOptions } from "../../../../runtime/kube/surface/call-options.ts";
import type { Kube } from "../../../../runtime/kube/surface/kube.ts";
import { requestTarget } from "../../../../runtime/kube/transport/transport.ts";
import { jobClient } from "../server/job-client.ts";
import { type Answer, reset, startScriptedServer, status, text } from "../server/scripted-server.ts";

const SERVICES = { group: "", version: "v1", resource: "services", kind: "Service", namespaced: true };
const WEB = { name: "web:80", place: { namespace: "shop" }, preconditions: undefined };
const PATH = "/api/v1/namespaces/shop/services/web:80/proxy/orders";
const ALL = { "services/proxy": ["get", "create", "update", "patch", "delete"] } as const;
/** Stands in what is sent. */
const CANARY = "canary-52c0";

const WRITES = [
  ["POST", "create"],
  ["PUT", "update"],
  ["PATCH", "patch"],
  ["DELETE", "delete"],
] as const;

/** What a URL may read as something else. */
const CHARACTERS = fc.constantFrom(..."a&=%+ ?#/;ü\u{1F94A}\n\0");

/** Plain JavaScript can ask for any method, and TypeScript for one that is not known before. */
type Proxy = (target: string, path: string, options?: object) => Promise<string>;
const proxyOf = (kube: unknown): Proxy => (kube as { services: { proxy: Proxy } }).services.proxy;

describe("proxy", () => {
  it("sends each method with its body and query, and returns the answer's text", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ALL);
    server.otherwise(text(201, '{"n":9007199254740993}', { "content-type": "application/json" }));
    const { services } = client.kube;
    expect(await services.proxy("web:80", "/orders", { query: { open: true } })).toBe('{"n":9007199254740993}');
    await services.proxy("web:80", "/orders", { method: "POST", body: { n: 9_007_199_254_740_993n } });
    await services.proxy("web:80", "/orders", { method: "PUT", body: "zwölf", query: { a: ["1", "2"], b: undefined } });
    await services.proxy("web:80", "/orders", { method: "PATCH", body: "a=1", contentType: "text/csv" });
    await services.proxy("web:80", "/orders", { method: "DELETE" });
    await services.proxy("web:80", "/orders", { method: "POST" });
    expect(
      server.requests.map(({ method, target, headers, body }) => [method, target, headers["content-type"], body]),
    ).toEqual([
      ["GET", `${PATH}?open=true`, undefined, ""],
      ["POST", PATH, "application/json", '{"n":9007199254740993}'],
      ["PUT", `${PATH}?a=1&a=2`, "text/plain; charset=utf-8", "zwölf"],
      ["PATCH", PATH, "text/csv", "a=1"],
      ["DELETE", PATH, undefined, ""],
      ["POST", PATH, undefined, ""],
    ]);
  });

  it("sends a body above the API server's own size limit", () => {
    const body = { text: "x".repeat(4 * 1024 * 1024) };
    expect(bodyText(proxyRequest(SERVICES, WEB, "/orders", { method: "POST", body }))?.length).toBe(
      4 * 1024 * 1024 + 11,
    );
  });

  it("encodes the names and values of a query losslessly", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: CHARACTERS, minLength: 1 }), fc.string({ unit: CHARACTERS })),
        (query) => {
          const target = requestTarget("", proxyRequest(SERVICES, WEB, "/orders", { query }));
          const url = new URL(target, "https://api.example.test");
          expect([...url.searchParams]).toEqual(Object.entries(query));
          expect(url.pathname).toBe(PATH);
        },
      ),
    );
  });

  it.each<[string, object]>([
    ["/orders?n=1", {}],
    ["/orders", { method: "post" }],
    ["/orders", { method: "CONNECT" }],
    ["/orders", { method: "toString" }],
    ["/orders", { method: "POST", body: Buffer.from("bytes") }],
    ["/orders", { method: "POST", body: { n: Number.NaN } }],
    ["/orders", { method: "POST", contentType: "text/plain\r\nx: y", body: "" }],
  ])("refuses %s with %o before it sends anything [J4]", async (path, options) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ALL);
    await expect(proxyOf(client.kube)("web:80", path, options)).rejects.toBeInstanceOf(Error);
    expect(server.requests).toHaveLength(0);
  });

  it.each(WRITES)("is refused by the guard for %s if all verbs but %s are declared [P2]", async (method, verb) => {
    await using server = await startScriptedServer();
    const verbs = ALL["services/proxy"].filter((one) => one !== verb);
    await using client = jobClient(server, { "services/proxy": verbs });
    await expect(proxyOf(client.kube)("web:80", "/orders", { method })).rejects.toMatchObject({
      reason: "NotDeclared",
      attributes: { verb, subresource: "proxy", name: "web:80" },
      hint: expect.stringContaining(JSON.stringify([...verbs, verb]).replaceAll(",", ", ")),
    });
    expect(server.requests).toHaveLength(0);
  });

  it.each(WRITES)("allows %s with only %s declared, and nothing else [P2]", async (method, verb) => {
    await using server = await startScriptedServer();
    const access: Access = { "services/proxy": { verbs: [verb], names: ["web:80"] } };
    await using client = jobClient(server, access);
    server.otherwise(text(200, ""));
    const proxy = proxyOf(client.kube);
    await proxy("web:80", "/orders", { method });
    for (const [other] of [["GET"], ...WRITES]) {
      if (other !== method) await expect(proxy("web:80", "/", { method: other })).rejects.toThrow("the job may not");
    }
    await expect(proxy("web:81", "/orders", { method })).rejects.toThrow("the job may not");
    expect(server.requests.map((one) => one.method)).toEqual([method]);
  });

  it("becomes a rule of the Role with only the declared verbs", () => {
    expect(policyRules(resolveAccess({ "services/proxy": ["create"] }, builtinCatalog))).toEqual([
      { apiGroups: [""], resources: ["services/proxy"], verbs: ["create"] },
    ]);
  });

  it.each(WRITES)("does not send %s in a dry run, but sends GET [P3]", async (method) => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ALL, { dryRun: true });
    server.otherwise(text(200, "fine"));
    expect(await client.kube.services.proxy("web:80", "/orders")).toBe("fine");
    await expect(proxyOf(client.kube)("web:80", "/orders", { method })).rejects.toMatchObject({ reason: "NoDryRun" });
    expect(server.requests.map((one) => [one.method, one.target])).toEqual([["GET", PATH]]);
    expect(client.stats.mutations).toEqual({});
  });

  it("counts against the limits by its verb, separately from the proxied object", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ALL, { limits: { create: 1, delete: 5 } });
    server.otherwise(text(200, ""));
    const { services } = client.kube;
    await services.proxy("web:80", "/orders", { method: "DELETE" });
    await services.proxy("web:80", "/orders", { method: "POST" });
    await expect(services.proxy("web:80", "/orders", { method: "POST" })).rejects.toMatchObject({
      reason: "LimitExceeded",
    });
    await services.proxy("web:80", "/orders");
    expect(client.stats.mutations).toEqual({ delete: { "services/proxy": 1 }, create: { "services/proxy": 1 } });
    expect(server.requests).toHaveLength(3);
  });
});

const busy = (code: number): Answer => text(code, CANARY, { "retry-after": "1" });

describe("a write through a proxy", () => {
  it.each<[string, Answer, { code: number | string; outcomeUnknown: boolean }]>([
    ["is cut", reset, { code: "ECONNRESET", outcomeUnknown: true }],
    ["is refused", text(400, CANARY), { code: 400, outcomeUnknown: false }],
    ["meets somebody busy", busy(429), { code: 429, outcomeUnknown: false }],
    ["meets somebody who is gone for a while", busy(503), { code: 503, outcomeUnknown: true }],
    ["fails half way", text(500, `{"was":"${CANARY}"}`), { code: 500, outcomeUnknown: true }],
    ["is sent elsewhere", text(303, CANARY, { location: `/${CANARY}` }), { code: 303, outcomeUnknown: true }],
    [
      "breaks off behind the API server",
      status(503, "ServiceUnavailable", "error trying to reach service: EOF"),
      { code: 503, outcomeUnknown: true },
    ],
  ])(
    "is sent once if it %s, counts if it may have succeeded, and its error contains no body [D3] [O1]",
    async (_what, answer, expected) => {
      await using server = await startScriptedServer();
      await using client = jobClient(server, ALL);
      server.otherwise(answer);
      const body = { password: CANARY };
      const error: unknown = await client.kube.services
        .proxy("web:80", "/orders", { method: "POST", body })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject(expected);
      expect((error as Error).message).toContain('create services/proxy "web:80" in namespace "shop"');
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(CANARY);
      expect(JSON.stringify(error)).not.toContain(CANARY);
      expect(server.requests).toHaveLength(1);
      expect(client.stats.mutations).toEqual(expected.outcomeUnknown ? { create: { "services/proxy": 1 } } : {});
    },
  );

  it("describes an answer without quoting it, but quotes the API server's own [E1] [E4]", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ALL);
    server.answer(text(422, CANARY, { "content-type": "text/html" }), status(403, "Forbidden", "no, because"));
    const post = () => client.kube.services.proxy("web:80", "/orders", { method: "POST", body: "" });
    await expect(post()).rejects.toMatchObject({ code: 422, serverMessage: "an answer of type text/html" });
    await expect(post()).rejects.toMatchObject({ code: 403, serverMessage: "no, because" });
  });

  it("is retried if it was never sent, and does not count [D4]", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ALL, { config: server.config({ server: "https://127.0.0.1:1" }) });
    await expect(client.kube.services.proxy("web:80", "/orders", { method: "POST" })).rejects.toMatchObject({
      code: "ECONNREFUSED",
      outcomeUnknown: false,
      attempts: 11,
    });
    expect(client.stats.mutations).toEqual({});
  });
});

describe("a read through a proxy", () => {
  it("is retried after a disconnect, with its query [D1]", async () => {
    await using server = await startScriptedServer();
    await using client = jobClient(server, ALL);
    server.answer(reset, text(503, ""), text(200, "fine"));
    expect(await client.kube.services.proxy("web:80", "/orders", { query: { a: "ü/?" } })).toBe("fine");
    expect(server.requests.map(({ target }) => target)).toEqual(Array(3).fill(`${PATH}?a=%C3%BC%2F%3F`));
  });
});

it("a non-resource path is read with a query, and allowed by its path alone", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "/readyz": ["get"], "/metrics": ["get"] });
  server.otherwise(text(200, "up 1\n"));
  expect(await client.kube.readPath("/readyz", { query: { verbose: true, exclude: ["a", "b"] } })).toBe("up 1\n");
  for await (const { name } of client.kube.readMetrics("/metrics", { query: { "name[]": "up" } }))
    expect(name).toBe("up");
  expect(server.requests.map(({ target }) => target)).toEqual([
    "/readyz?verbose=true&exclude=a&exclude=b",
    "/metrics?name%5B%5D=up",
  ]);
});

it("a plan distinguishes writes through a proxy by path, query and body, even if that is not JSON", () => {
  const digest = (path: string, options: ProxyOptions) => contentDigest(proxyRequest(SERVICES, WEB, path, options), 0);
  const digests = [
    digest("/a", { method: "POST", body: "no { json" }),
    digest("/a", { method: "POST", body: "other" }),
    digest("/b", { method: "POST", body: "no { json" }),
    digest("/a", { method: "PUT", body: "no { json" }),
    digest("/a", { query: { a: "1" } }),
    digest("/a", { query: { a: "2" } }),
  ];
  expect(new Set(digests).size).toBe(digests.length);
});

it("Kube has proxy only for the methods whose verbs are declared", () => {
  type Client<Verb extends string> = Kube<{
    "services/proxy": readonly Extract<Verb, "get" | "create" | "delete">[];
  }>["services"];
  const call = (one: Client<"create">, both: Client<"get" | "delete">, every: ConnectedClient["kube"]) => ({
    post: () => one.proxy("web:80", "/", { method: "POST", body: { a: 1 }, contentType: "a/b", query: { a: ["b"] } }),
    // @ts-expect-error GET takes the verb get
    get: () => one.proxy("web:80", "/"),
    // @ts-expect-error PUT takes the verb update
    put: () => one.proxy("web:80", "/", { method: "PUT" }),
    // @ts-expect-error metrics are read, which takes the verb get
    metrics: () => one.proxyMetrics("web:80", "/"),
    read: () => both.proxy("web:80", "/", { query: { a: 1 } }),
    remove: () => both.proxy("web:80", "/", { method: "DELETE" }),
    // @ts-expect-error POST takes the verb create
    create: () => both.proxy("web:80", "/", { method: "POST" }),
    // @ts-expect-error a GET has no body
    body: () => both.proxy("web:80", "/", { body: "a" }),
    patch: () => every.pods.proxy("web:80", "/", { method: "PATCH", body: "a" }),
  });
  expectTypeOf<Awaited<ReturnType<ReturnType<typeof call>["post"]>>>().toEqualTypeOf<string>();
  expectTypeOf<keyof Client<"create">>().toEqualTypeOf<"proxy">();
  expectTypeOf<keyof Client<"get">>().toEqualTypeOf<"proxy" | "proxyMetrics">();
});
