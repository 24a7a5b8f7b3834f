import dns from "node:dns";
import { createServer, type Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { type ConnectionOptions, createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { CA, NAMED, OTHER_CA } from "../server/certificates.ts";
import { startRawServer } from "../server/raw-server.ts";
import {
  json,
  reset,
  type ScriptedServer,
  type ServerOptions,
  silence,
  startScriptedServer,
  text,
} from "../server/scripted-server.ts";

const READ: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };
const WRITE: KubeRequest = { ...READ, method: "POST", path: "/api/v1/namespaces/shop/pods", body: '{"a":1}' };

type LookupDone = (error: null, addresses: readonly dns.LookupAddress[]) => void;

function connect(
  server: ScriptedServer,
  options: ConnectionOptions = {},
  config: Parameters<ScriptedServer["config"]>[0] = {},
) {
  const connection = createConnection(server.config(config), { sleep: async () => {}, ...options });
  return { ...connection, [Symbol.asyncDispose]: () => connection.close() };
}

test.each([[{ host: "127.0.0.1" }], [{ host: "::1" }]] as [ServerOptions][])(
  "the transport accepts a certificate for the server's IP address at %j [C1] [A2]",
  async (options) => {
    await using server = await startScriptedServer(options);
    await using connection = connect(server);
    server.answer(json(200, {}));
    expect((await connection.send(READ)).status).toBe(200);
  },
);

test("the transport refuses a certificate for another name, once, and reports it [C1]", async () => {
  await using server = await startScriptedServer({ identity: NAMED });
  await using connection = connect(server);
  await expect(connection.send(READ)).rejects.toMatchObject({
    name: "TransportError",
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
  expect(connection.stats.requests).toBe(1);
});

test("the transport verifies the certificate against tlsServerName, and sends it as SNI [A10]", async () => {
  await using server = await startScriptedServer({ identity: NAMED });
  await using connection = connect(server, {}, { tlsServerName: "api.example.test" });
  server.answer(json(200, {}));
  expect((await connection.send(READ)).status).toBe(200);
});

test.each([
  ["127.0.0.1", undefined],
  ["10.96.0.1", "ERR_TLS_CERT_ALTNAME_INVALID"],
])(
  "the transport verifies the certificate against tlsServerName if it is the IP address %s [A10]",
  async (tlsServerName, code) => {
    await using server = await startScriptedServer();
    await using connection = connect(server, {}, { tlsServerName });
    server.answer(json(200, {}));
    const answer = connection.send(READ);
    if (code === undefined) expect((await answer).status).toBe(200);
    else await expect(answer).rejects.toMatchObject({ code });
  },
);

test("the transport trusts only the cluster's CA [A5] [C1]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server, {}, { ca: OTHER_CA });
  await expect(connection.send(READ)).rejects.toMatchObject({ name: "TransportError", sent: false });
  expect(server.requests).toHaveLength(0);
});

test.each([
  [{ insecureSkipTlsVerify: true }, "insecure-skip-tls-verify"],
  [{ clientCertificate: "only one half" }, "but not both"],
  [{ clientCertificate: "no certificate", clientKey: "no key" }, "ERR_OSSL_PEM_NO_START_LINE"],
])("the transport refuses contradictory settings without retries: %j [A9]", async (config, message) => {
  await using server = await startScriptedServer();
  await using connection = connect(server, {}, config);
  await expect(connection.send(READ)).rejects.toThrow(message);
  expect(connection.stats.requests).toBe(1);
});

test("the transport refuses contradictory settings even without TLS, and sends nothing [A9]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server, {}, { server: "http://127.0.0.1:1", insecureSkipTlsVerify: true });
  await expect(connection.send(READ)).rejects.toThrow("insecure-skip-tls-verify");
});

test.each([
  ["impersonate-user", { impersonate: { user: "eve\r\nimpersonate-group: system:masters" } }],
  ["impersonate-group", { impersonate: { user: "eve", groups: ["a\nb"] } }],
  ["authorization", { token: { get: async () => "canary\r\nx: y" } }],
])("the transport sends and quotes nothing if %s contains a line break [O1]", async (name, config) => {
  await using server = await startScriptedServer();
  await using connection = connect(server, {}, config);
  const error = (await connection.send(READ).catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ code: "ERR_INVALID_CHAR", sent: false, attempts: 1 });
  expect(error.message).toContain(name);
  expect(error.message).not.toMatch(/canary|masters/);
  expect(server.connections).toBe(0);
});

test.each([
  ["GET", undefined],
  ["DELETE", undefined],
  ["DELETE", "{}"],
  ["POST", '{"data":"größe 李"}'],
  ["PUT", '{"data":"plain"}'],
  ["PATCH", '{"data":"größe 李"}'],
] as const)(
  "the transport sends impersonation headers in UTF-8, as Kubernetes reads them, in a %s with the body %j [B7]",
  async (method, body) => {
    await using server = await startScriptedServer();
    const extra = { "example.org/größe%": ["groß", "李"] };
    const impersonate = { user: "CORP\\jörg 李", groups: ["größe", "plain"], uid: "ü-1", extra };
    await using connection = connect(server, {}, { impersonate });
    server.answer(json(200, {}));
    await connection.send({ ...READ, method, ...(body === undefined ? {} : { body }) });
    const { headers, body: arrived } = server.requests[0] ?? {};
    const text = (name: string) => Buffer.from(String(headers?.[name]), "latin1").toString("utf8");
    expect(text("impersonate-user")).toBe("CORP\\jörg 李");
    expect(text("impersonate-group")).toBe("größe, plain");
    expect(text("impersonate-uid")).toBe("ü-1");
    expect(text("impersonate-extra-example.org%2fgr%c3%b6%c3%9fe%25")).toBe("groß, 李");
    expect(arrived).toBe(body ?? "");
  },
);

test("the transport names every address that it tried for a name [C4]", async () => {
  const lookup = vi.spyOn(dns, "lookup").mockImplementation(((_host: string, _options: object, done: LookupDone) => {
    done(null, [
      { address: "127.0.0.1", family: 4 },
      { address: "127.0.0.2", family: 4 },
    ]);
  }) as typeof dns.lookup);
  using _end = { [Symbol.dispose]: () => lookup.mockRestore() };
  const connection = createConnection({ server: "https://api.example.test:1", namespace: "shop" }, { maxRetries: 0 });
  await expect(connection.send(READ)).rejects.toMatchObject({
    code: "ECONNREFUSED",
    message: expect.stringMatching(/connect ECONNREFUSED 127.0.0.1:1, connect ECONNREFUSED 127.0.0.2:1$/),
  });
  await connection.close();
});

test("the transport keeps the server's path as a prefix [A11]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server, {}, { server: `https://127.0.0.1:${server.port}/k8s/clusters/c-1/` });
  server.answer(json(200, {}));
  await connection.send({ ...READ, query: [["a", "b c"]] });
  expect(server.requests[0]?.target).toBe("/k8s/clusters/c-1/api?a=b%20c");
});

test("the transport does not follow redirects [B7]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server);
  server.answer(text(302, "elsewhere", { location: `https://127.0.0.1:${server.port}/other` }));
  await expect(connection.send(READ)).rejects.toMatchObject({ name: "ApiError", code: 302 });
  expect(server.requests).toHaveLength(1);
});

test("the transport sends its user agent and media types, without requesting compression [O5] [C12] [G4]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server, { userAgent: "errand/1.2.3 \u0007(linux)" });
  server.answer(json(200, {}));
  await connection.send(READ);
  expect(server.requests[0]?.headers).toMatchObject({
    accept: "application/json",
    "user-agent": "errand/1.2.3 (linux)",
  });
  expect(server.requests[0]?.headers).not.toHaveProperty("accept-encoding");
});

test("the transport refuses an encoding that it did not request [C12]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server);
  server.answer(text(200, "x", { "content-encoding": "gzip" }));
  await expect(connection.send(READ)).rejects.toMatchObject({ code: "BAD_ENCODING" });
});

test("the transport sends a write once if the server takes it and closes the connection [D3]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server);
  server.answer(reset);
  await expect(connection.send(WRITE)).rejects.toMatchObject({ outcomeUnknown: true, sent: true });
  expect(server.requests).toHaveLength(1);
});

test("the transport retries a read on a new connection if the idle one was closed [D2] [D15]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server);
  server.otherwise((response, request, socket) => {
    json(200, {})(response, request, socket);
    response.on("finish", () => socket.destroySoon());
  });
  for (let count = 0; count < 1_000; count += 1) {
    // From at once, when the connection seems to be free, to when its end has arrived.
    for (let turn = 0; turn < count % 6; turn += 1) await new Promise(setImmediate);
    expect((await connection.send(READ)).status).toBe(200);
  }
  expect(server.requests).toHaveLength(1_000);
  expect(connection.stats.retries).toBeGreaterThan(0);
});

test("the retry after an answer with Connection: close opens a new connection, even if the server does not close it [D15] [D6]", async () => {
  await using server = await startRawServer(({ socket }) => {
    const first = server.connections[0]?.socket === socket;
    const body = first ? "the server is shutting down" : "{}";
    const more = first ? ["retry-after: 1", "connection: close"] : [];
    const type = first ? "text/plain" : "application/json";
    const head = [`content-type: ${type}`, `content-length: ${body.length}`, ...more].join("\r\n");
    socket.write(`HTTP/1.1 ${first ? "429 Too Many Requests" : "201 Created"}\r\n${head}\r\n\r\n${body}`);
  });
  const waits: number[] = [];
  const connection = createConnection(server.config(), {
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
  expect((await connection.send(WRITE)).status).toBe(201);
  await connection.close();
  expect(server.connections.map(({ heard }) => heard.split("POST ").length - 1)).toEqual([1, 1]);
  expect(waits).toEqual([expect.closeTo(1_050, -2)]);
});

test("ten attempts of a call need one connection, because each answer is read to its end [D11]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server);
  server.otherwise(text(503, "x".repeat(100_000)));
  await expect(connection.send(READ)).rejects.toMatchObject({ code: 503, attempts: 11 });
  expect([server.connections, server.requests.length]).toEqual([1, 11]);
});

test("the transport sends a write after refused connections [D4]", async () => {
  await using server = await startScriptedServer();
  const config = server.config();
  // No one listens there; a port that was just released may already be in use again.
  const connection = createConnection({ ...config, server: "https://127.0.0.1:1" }, { sleep: async () => {} });
  await expect(connection.send(WRITE)).rejects.toMatchObject({
    code: "ECONNREFUSED",
    sent: false,
    outcomeUnknown: false,
    attempts: 11,
  });
  await connection.close();
});

test("the transport gives up a server that is silent in TLS [C4]", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const config = { server: `https://127.0.0.1:${port}`, namespace: "shop" };
  const controller = new AbortController();
  const connection = createConnection(config, { connectTimeoutMs: 1, sleep: async () => controller.abort() });
  const answer = connection.send({ ...READ, signal: controller.signal });
  await expect(answer).rejects.toThrow("CONNECT_TIMEOUT");
  await connection.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test("the transport gives up an answer without headers, and knows that a write may have succeeded [C5]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server, { timeouts: { headersMs: 20 } });
  server.answer(silence);
  await expect(connection.send(WRITE)).rejects.toMatchObject({ code: "HEADERS_TIMEOUT", outcomeUnknown: true });
});

test("the transport gives up a stalled body [C7] [C5]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server, { timeouts: { bodyMs: 20 } });
  server.answer((response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write("{");
  });
  server.otherwise(json(200, {}));
  await connection.send(READ);
  expect(connection.stats.retries).toBeGreaterThanOrEqual(1);
});

test.each(["while it waits for its answer", "before it is sent"])(
  "the transport keeps the signal's reason if a request is aborted %s [C6]",
  async (moment) => {
    await using server = await startScriptedServer();
    const controller = new AbortController();
    await using connection = connect(server, { signal: controller.signal });
    const reason = new Error("the reason");
    if (moment === "before it is sent") controller.abort(reason);
    server.answer(() => controller.abort(reason));
    await expect(connection.send(READ)).rejects.toBe(reason);
  },
);

test("the transport keeps the signal's reason while a body is read [C6]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server);
  const controller = new AbortController();
  const reason = new Error("the reason");
  server.answer((response) => {
    response.writeHead(200);
    response.write("first");
  });
  const response = await connection.send({ ...READ, stream: true, signal: controller.signal });
  const read = async () => {
    for await (const _chunk of response.body) controller.abort(reason);
  };
  await expect(read()).rejects.toBe(reason);
});

/** Fake time for timers of this process; sockets are unaffected. */
function stoppedClock() {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  return { pass: vi.advanceTimersByTimeAsync, [Symbol.dispose]: () => void vi.useRealTimers() };
}

test("a connection has ten seconds for TCP and TLS by default [C4]", async () => {
  await using server = await startRawServer(() => {}, { speaks: "mute" });
  using clock = stoppedClock();
  const connection = createConnection(server.config(), { maxRetries: 0 });
  const ended = vi.fn();
  const answer = connection.send(WRITE).catch(ended);
  await server.reached(1);
  await clock.pass(9_900);
  expect(ended).not.toHaveBeenCalled();
  await clock.pass(200);
  await Promise.race([answer, new Promise(setImmediate)]);
  expect(ended).toHaveBeenCalledWith(expect.objectContaining({ code: "CONNECT_TIMEOUT", sent: false }));
  await connection.close();
});

test("an answer may take slightly longer than the server's own 60 s [C5]", async () => {
  await using server = await startScriptedServer();
  using clock = stoppedClock();
  await using connection = connect(server);
  server.answer(silence);
  const ended = vi.fn();
  const answer = connection.send(WRITE).catch(ended);
  await server.arrived(1);
  await clock.pass(70_000);
  expect(ended).not.toHaveBeenCalled();
  await clock.pass(20_000);
  await Promise.race([answer, new Promise(setImmediate)]);
  expect(ended).toHaveBeenCalledWith(expect.objectContaining({ code: "HEADERS_TIMEOUT" }));
});

test("a silent stream continues after an hour, but a list is given up after a minute [C7] [H9] [L1]", async () => {
  await using server = await startScriptedServer();
  using clock = stoppedClock();
  await using connection = connect(server, { maxRetries: 0 });
  const silent: (() => void)[] = [];
  server.otherwise((response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write("{");
    silent.push(() => response.end("}"));
  });
  const stream = await connection.send({ ...READ, stream: true });
  const list = await connection.send({ ...READ, chunked: true });
  await clock.pass(3_600_000);
  await expect(list.body.text()).rejects.toMatchObject({ code: "BODY_TIMEOUT" });
  silent[0]?.();
  expect(await stream.body.text()).toBe("{}");
});

test("calls are served in parallel with many streams [C9]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server);
  for (let count = 0; count < 100; count += 1) {
    server.answer((response) => {
      response.writeHead(200);
      response.write("open");
    });
  }
  const streams = await Promise.all(Array.from({ length: 100 }, () => connection.send({ ...READ, stream: true })));
  server.otherwise(json(200, {}));
  expect((await connection.send(READ)).status).toBe(200);
  await Promise.all(streams.map(({ body }) => body.dump()));
});

test("close ends open streams and leaves no connection [C11]", async () => {
  await using server = await startScriptedServer();
  const connection = createConnection(server.config());
  server.answer((response) => {
    response.writeHead(200);
    response.write("open");
  });
  const response = await connection.send({ ...READ, stream: true });
  const reading = response.body.text();
  await connection.close();
  await expect(reading).rejects.toMatchObject({ name: "TransportError" });
});

test("the transport trusts the cluster's new CA bundle if a certificate does not match the old one [A7]", async () => {
  await using server = await startScriptedServer();
  let reads = 0;
  const readCa = async () => {
    reads += 1;
    return CA;
  };
  await using connection = connect(server, {}, { ca: OTHER_CA, readCa });
  server.otherwise(json(200, {}));
  expect((await connection.send(READ)).status).toBe(200);
  expect((await connection.send(READ)).status).toBe(200);
  expect(reads).toBe(1);
});

test("the transport throws the certificate's error if the CA bundle has not changed [A7]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server, {}, { ca: OTHER_CA, readCa: async () => OTHER_CA });
  await expect(connection.send(READ)).rejects.toMatchObject({ name: "TransportError", sent: false });
});

test("the transport delays no request: as many go out at once as there are connections [D14]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server);
  const held: (() => void)[] = [];
  server.otherwise((response, request, socket) => {
    held.push(() => json(200, {})(response, request, socket));
  });
  const answers = Array.from({ length: 64 }, () => connection.send(READ));
  await server.arrived(64);
  for (const release of held) release();
  await Promise.all(answers);
  expect(connection.stats.requests).toBe(64);
});

test("no call waits behind lists with slow consumers, however many [C9]", async () => {
  await using server = await startScriptedServer();
  await using connection = connect(server);
  for (let count = 0; count < 80; count += 1) {
    server.answer((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write("{");
    });
  }
  const lists = await Promise.all(Array.from({ length: 80 }, () => connection.send({ ...READ, chunked: true })));
  server.otherwise(json(200, {}));
  await Promise.all(Array.from({ length: 200 }, () => connection.send(READ)));
  await Promise.all(lists.map(({ body }) => body.dump()));
});
