import { inspect } from "node:util";
import { expect, test } from "vitest";
import type { ClusterConfig } from "../../../../runtime/kube/config/cluster-config.ts";
import { type ConnectionOptions, createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { answerOf, type RawConnection, startRawServer } from "../server/raw-server.ts";

// Wrong answers of a server, or of a proxy in front of it.

const READ: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };
const WRITE: KubeRequest = { ...READ, method: "POST", path: "/api/v1/namespaces/shop/pods", body: "{}" };
const UPGRADE: KubeRequest = { ...READ, stream: true, upgrade: "websocket" };
const SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";
const CANARY = "canary-5e2a";

function connect(config: ClusterConfig, options: ConnectionOptions = {}) {
  const connection = createConnection(config, { sleep: async () => {}, maxRetries: 0, ...options });
  return { ...connection, [Symbol.asyncDispose]: () => connection.close() };
}

const say =
  (text: string) =>
  ({ socket }: RawConnection) =>
    void socket.write(text);
const sayAndEnd =
  (text: string) =>
  ({ socket }: RawConnection) =>
    void socket.end(text);
const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

test.each<[string, (connection: RawConnection) => void]>([
  ["ends at once", sayAndEnd("")],
  ["speaks no HTTP", say("hello\r\n\r\n")],
  ["says less than its Content-Length", sayAndEnd(`${HEAD}content-length: 20\r\n\r\n{}`)],
  ["says more than its Content-Length", say(`${HEAD}content-length: 2\r\n\r\n{}${CANARY}`)],
  ["ends before the last chunk", sayAndEnd(`${HEAD}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`)],
  ["has a chunk of no size", say(`${HEAD}transfer-encoding: chunked\r\n\r\nx\r\n${CANARY}\r\n`)],
  ["has two lengths", say(`${HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`)],
  ["has 20 KB of headers", say(`${HEAD}x: ${"x".repeat(20_000)}\r\ncontent-length: 2\r\n\r\n{}`)],
  ["changes the protocol unasked", say(SWITCHED)],
  ["is reset after its headers", ({ socket, reset }) => void socket.write(`${HEAD}\r\n{`, reset)],
])(
  "an answer that %s is an error, for a write with an unknown outcome, without quoting it, and closes its connection [E5] [O1] [D3]",
  async (_what, act) => {
    for (const speaks of ["tls", "http"] as const) {
      await using server = await startRawServer(act, { speaks });
      await using connection = connect(server.config());
      const error: unknown = await connection.send(WRITE).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: "TransportError", sent: true, outcomeUnknown: true });
      expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify((error as Error).cause)).not.toMatch(
        new RegExp(`${CANARY}|rawPacket`),
      );
      await server.idle();
      await expect(connection.send(READ)).rejects.toMatchObject({ name: "TransportError", outcomeUnknown: false });
    }
  },
);

test.each<[string, (connection: RawConnection) => void]>([
  [
    "comes after 100, 102 and 103",
    say(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${answerOf("200 OK", "{}")}`,
    ),
  ],
  ["ends with its connection", sayAndEnd(`${HEAD}connection: close\r\n\r\n{}`)],
  ["is followed by the end of the connection", sayAndEnd(answerOf("200 OK", "{}"))],
  ["is followed by a cut", ({ socket, reset }) => void socket.write(answerOf("200 OK", "{}"), reset)],
  [
    "comes byte by byte",
    async ({ socket }) => {
      for (const byte of answerOf("200 OK", "{}")) {
        socket.write(byte);
        await new Promise(setImmediate);
      }
    },
  ],
])("an answer that %s is read whole [E5] [D2]", async (_what, act) => {
  await using server = await startRawServer(act);
  await using connection = connect(server.config());
  expect(await connection.send(READ)).toMatchObject({ status: 200, json: {} });
});

test("data that a server sends unasked on an idle connection answers no request [B7] [D2]", async () => {
  await using server = await startRawServer(({ socket }, requests) => {
    socket.write(answerOf("200 OK", JSON.stringify({ connection: server.connections.length, requests })));
  });
  await using connection = connect(server.config());
  await connection.send(READ);
  server.connections[0]?.socket.write(answerOf("200 OK", '{"poison":true}'));
  await server.idle();
  expect(await connection.send(READ)).toMatchObject({ json: { connection: 2, requests: 1 } });
});

test("a second answer to one request never answers another [B7]", async () => {
  await using server = await startRawServer(({ socket, heard }) => {
    if (heard.includes("/next")) socket.write(answerOf("200 OK", '{"next":true}'));
    else socket.write(answerOf("200 OK", '{"first":true}') + answerOf("200 OK", '{"poison":true}'));
  });
  await using connection = connect(server.config());
  expect(await connection.send(READ)).toMatchObject({ json: { first: true } });
  expect(await connection.send({ ...READ, path: "/next" })).toMatchObject({ json: { next: true } });
});

test("an answer before the end of its request is returned, and its connection is not reused [D11] [E1]", async () => {
  let isAnswered = false;
  await using server = await startRawServer(({ socket }) => {
    if (isAnswered) return;
    isAnswered = true;
    socket.pause();
    socket.write(
      answerOf("413 Request Entity Too Large", '{"kind":"Status","reason":"RequestEntityTooLarge","code":413}'),
    );
  });
  await using connection = connect(server.config());
  const body = JSON.stringify("x".repeat(32 << 20));
  await expect(connection.send({ ...WRITE, body })).rejects.toMatchObject({ code: 413 });
  for (const { socket } of server.connections) socket.resume();
  await server.idle();
});

test("a paused body whose server dies returns its data, then throws [L2] [H5]", async () => {
  const { promise: isWritten, resolve } = Promise.withResolvers<void>();
  await using server = await startRawServer(({ socket, reset }) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    socket.write(Buffer.alloc(2 << 20, "x"), () => {
      reset();
      resolve();
    });
  });
  await using connection = connect(server.config());
  const { body } = await connection.send({ ...READ, stream: true });
  await isWritten;
  let bytes = 0;
  const read = async () => {
    for await (const chunk of body) bytes += chunk.length;
  };
  await expect(read()).rejects.toMatchObject({ name: "TransportError", sent: true });
  expect(bytes).toBeGreaterThan(0);
});

test("data in the same packet as a protocol upgrade is read from the connection [M1]", async () => {
  await using server = await startRawServer(({ socket }) => {
    socket.write(`${SWITCHED}first`);
    setImmediate(() => socket.end(" second"));
  });
  await using connection = connect(server.config());
  const { socket, status } = await connection.send(UPGRADE);
  let text = "";
  for await (const chunk of socket ?? []) text += chunk;
  expect([status, text]).toEqual([101, "first second"]);
});

test.each([
  [
    "in full",
    answerOf("403 Forbidden", JSON.stringify({ kind: "Status", reason: "Forbidden", code: 403, message: "no" })),
  ],
  ["with a body without end", `HTTP/1.1 403 Forbidden\r\n\r\n${"x".repeat(4 << 20)}`],
])("an upgrade refused %s is an ApiError, and its connection is closed [M6] [E6]", async (_how, said) => {
  await using server = await startRawServer(({ socket }) => void socket.write(said));
  await using connection = connect(server.config());
  await expect(connection.send(UPGRADE)).rejects.toMatchObject({ name: "ApiError", code: 403, reason: "Forbidden" });
  await server.idle();
});

test("the reset of an upgraded connection without listeners throws no exception [O7] [M5]", async () => {
  await using server = await startRawServer(({ socket }) => void socket.write(SWITCHED));
  await using connection = connect(server.config());
  const { socket } = await connection.send(UPGRADE);
  server.connections[0]?.reset();
  socket?.resume();
  await server.idle();
  await new Promise<void>((resolve) => (socket?.closed ? resolve() : socket?.once("close", () => resolve())));
});

test("an http server is reached without TLS [A11]", async () => {
  await using server = await startRawServer(({ socket }) => void socket.write(answerOf("200 OK", "{}")), {
    speaks: "http",
  });
  await using connection = connect(server.config());
  await Promise.all([connection.send(READ), connection.send(READ)]);
  await connection.send(READ);
  expect(server.dialled).toBe(2);
});
