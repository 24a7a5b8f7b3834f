import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { proxyFromEnvironment } from "../../../../runtime/kube/config/proxy-environment.ts";
import { createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import { CA, SERVER } from "../server/certificates.ts";
import { startProxy } from "../server/proxy-server.ts";
import { answerOf, startRawServer } from "../server/raw-server.ts";
import { json, startScriptedServer } from "../server/scripted-server.ts";

const READ = { method: "GET", path: "/api", query: [], headers: {} } as const;

test.each([
  [{}, undefined],
  [{ HTTPS_PROXY: "http://proxy:3128" }, "http://proxy:3128"],
  [{ https_proxy: "proxy:3128" }, "http://proxy:3128"],
  [{ HTTP_PROXY: "http://proxy:3128" }, undefined],
  [{ HTTPS_PROXY: "http://proxy", NO_PROXY: "*" }, undefined],
  [{ HTTPS_PROXY: "http://proxy", NO_PROXY: "10.96.0.0/12" }, undefined],
  [{ HTTPS_PROXY: "http://proxy", NO_PROXY: "10.200.0.0/16, 10.96.0.1" }, undefined],
  [{ HTTPS_PROXY: "http://proxy", no_proxy: "10.96.0.1:443" }, undefined],
  [{ HTTPS_PROXY: "http://proxy", NO_PROXY: "10.96.0.1:6443" }, "http://proxy"],
  [{ HTTPS_PROXY: "http://proxy", NO_PROXY: "10.200.0.0/16,example.test,10.96.0.0/99" }, "http://proxy"],
])("proxyFromEnvironment reads %j for 10.96.0.1 [C2]", (env, expected) => {
  expect(proxyFromEnvironment("https://10.96.0.1:443", env)).toBe(expected);
});

test.each([
  ["https://api.example.test", "example.test", true],
  ["https://example.test", "example.test", true],
  ["https://api.example.test", ".example.test", true],
  ["https://api.example.test", "*.example.test", true],
  ["https://example.test", ".example.test", false],
  ["https://badexample.test", "example.test", false],
  ["https://API.example.test", "api.EXAMPLE.test", true],
  ["https://[fd00::1]:6443", "fd00::/8", true],
  ["https://[fd00::1]:6443", "[fd00::1]:6443", true],
  ["https://[fd00::1]:6443", "fe80::/10", false],
  ["https://localhost:6443", "", true],
  ["https://127.0.0.1:6443", "", true],
])("proxyFromEnvironment connects to %s directly with NO_PROXY=%s: %s [C2]", (server, excluded, isDirect) => {
  const proxy = proxyFromEnvironment(server, { HTTPS_PROXY: "http://proxy", NO_PROXY: excluded });
  expect(proxy === undefined).toBe(isDirect);
});

test("the transport uses a proxy's tunnel, with its credentials, and the proxy sees no token [C3] [B7]", async () => {
  await using server = await startScriptedServer();
  await using proxy = await startProxy();
  server.otherwise(json(200, { kind: "APIVersions" }));
  const proxyUrl = `http://me:p%40ss@127.0.0.1:${proxy.port}`;
  const connection = createConnection(server.config({ proxyUrl }));
  await connection.send(READ);
  await connection.send(READ);
  await connection.close();
  expect(proxy.asked).toEqual([
    `CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nProxy-Authorization: Basic ${btoa("me:p@ss")}\r\n\r\n`,
  ]);
  expect(server.requests).toHaveLength(2);
});

test.each([
  ["HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "it answered CONNECT with 407"],
  ["nonsense\r\n\r\n", "its answer is not HTTP"],
])("the transport names the proxy, without its credentials, if it answers %j [C3] [O1]", async (answer, problem) => {
  await using server = await startScriptedServer();
  await using proxy = await startProxy({ answer: [answer] });
  const proxyUrl = `http://me:canary@127.0.0.1:${proxy.port}`;
  const connection = createConnection(server.config({ proxyUrl }), { sleep: async () => {} });
  const error = (await connection.send(READ).catch((thrown: unknown) => thrown)) as Error;
  await connection.close();
  expect(error.message).toContain(problem);
  expect(error.message).toContain(`http://127.0.0.1:${proxy.port}`);
  expect(inspect(error, { depth: 10 })).not.toContain("canary");
});

test("the transport reports that SOCKS proxies are not supported [C3]", async () => {
  await using server = await startScriptedServer();
  const connection = createConnection(server.config({ proxyUrl: "socks5://127.0.0.1:1" }), { sleep: async () => {} });
  await expect(connection.send(READ)).rejects.toThrow("proxies of type socks5 are not supported");
  await connection.close();
});

test("the transport blames the proxy, not the API server, if the proxy is unreachable [C3]", async () => {
  await using server = await startScriptedServer();
  const proxyUrl = "http://user:canary@127.0.0.1:1";
  const connection = createConnection(server.config({ proxyUrl }), { maxRetries: 0 });
  const error: unknown = await connection.send(READ).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    message: expect.stringContaining("the proxy http://127.0.0.1:1: connect ECONNREFUSED"),
  });
  expect(inspect(error, { depth: 10 })).not.toContain("canary");
  await connection.close();
});

test("the transport uses a tunnel whose proxy answers in pieces, and with headers [C3]", async () => {
  await using server = await startScriptedServer();
  await using proxy = await startProxy({
    answer: ["HTTP/1.0 2", "00 Connection est", "ablished\r\nVia: x\r\n\r", "\n"],
  });
  server.otherwise(json(200, {}));
  const connection = createConnection(server.config({ proxyUrl: `http://127.0.0.1:${proxy.port}` }), { maxRetries: 0 });
  expect((await connection.send(READ)).status).toBe(200);
  await connection.close();
});

test("the transport puts an IPv6 server in brackets for its proxy [C3] [A2]", async () => {
  await using server = await startScriptedServer({ host: "::1" });
  await using proxy = await startProxy();
  server.otherwise(json(200, {}));
  const connection = createConnection(server.config({ proxyUrl: `http://127.0.0.1:${proxy.port}` }), { maxRetries: 0 });
  expect((await connection.send(READ)).status).toBe(200);
  await connection.close();
  expect(proxy.asked[0]).toContain(`CONNECT [::1]:${server.port} HTTP/1.1\r\nHost: [::1]:${server.port}\r\n`);
});

test("the transport uses the proxy for an http server too, and reuses the tunnel [C3] [C10]", async () => {
  await using server = await startRawServer(({ socket }) => void socket.write(answerOf("200 OK", "{}")), {
    speaks: "http",
  });
  await using proxy = await startProxy();
  const connection = createConnection(server.config({ proxyUrl: `http://127.0.0.1:${proxy.port}` }), { maxRetries: 0 });
  await connection.send(READ);
  await connection.send(READ);
  expect([server.dialled, proxy.asked.length]).toEqual([1, 1]);
  await connection.close();
  await proxy.idle();
});

test.each(["127.0.0.1", "localhost"])(
  "the transport uses TLS to a proxy at https://%s, and inside its tunnel [C3]",
  async (host) => {
    const trusted = getCACertificates();
    setDefaultCACertificates([...trusted, CA]);
    using _end = { [Symbol.dispose]: () => setDefaultCACertificates(trusted) };
    await using server = await startScriptedServer();
    await using proxy = await startProxy({ identity: SERVER });
    server.otherwise(json(200, {}));
    const connection = createConnection(server.config({ proxyUrl: `https://${host}:${proxy.port}` }), {
      maxRetries: 0,
    });
    await connection.send(READ);
    await connection.send(READ);
    await connection.close();
    await proxy.idle();
    expect([proxy.asked.length, server.requests.length]).toEqual([1, 2]);
  },
);

test("the transport gives up a silent proxy, and tries it again [C4] [C3]", async () => {
  await using server = await startRawServer(() => {});
  await using proxy = await startProxy({ answer: [] });
  const connection = createConnection(server.config({ proxyUrl: `http://127.0.0.1:${proxy.port}` }), {
    connectTimeoutMs: 1,
    maxRetries: 1,
    sleep: async () => {},
  });
  await expect(connection.send({ ...READ, method: "POST", body: "{}" })).rejects.toMatchObject({
    code: "ETIMEDOUT",
    message: expect.stringContaining(`the proxy http://127.0.0.1:${proxy.port}: no answer within 1 ms`),
    sent: false,
    attempts: 2,
  });
  await proxy.idle();
  await connection.close();
});

test.each([
  ["closes the connection", "", "the proxy closed the connection"],
  ["says more than an answer to CONNECT has", `HTTP/1.1 200 OK\r\n${"x".repeat(20_000)}`, "its answer is not HTTP"],
])("the transport reports that its proxy %s, and sends nothing [C3] [D4]", async (_what, said, problem) => {
  await using server = await startRawServer(() => {});
  await using proxy = await startProxy({ answer: [said], ...(said === "" ? { thenEnds: true } : {}) });
  const connection = createConnection(server.config({ proxyUrl: `http://127.0.0.1:${proxy.port}` }), { maxRetries: 0 });
  await expect(connection.send(READ)).rejects.toMatchObject({ message: expect.stringContaining(problem), sent: false });
  expect(server.dialled).toBe(0);
  await connection.close();
  await proxy.idle();
});
