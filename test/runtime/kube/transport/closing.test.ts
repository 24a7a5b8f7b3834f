import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { createPools } from "../../../../runtime/kube/transport/pools.ts";
import { createTransport } from "../../../../runtime/kube/transport/transport.ts";
import { startProxy } from "../server/proxy-server.ts";
import { answerOf, startRawServer } from "../server/raw-server.ts";

const READ: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };
const UPGRADE = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";

test("close lets queued calls finish [C11]", async () => {
  await using server = await startRawServer(({ socket }) => void socket.write(answerOf("200 OK", "{}")));
  const connection = createConnection(server.config());
  const answers = Promise.all(Array.from({ length: 200 }, () => connection.send(READ)));
  await server.reached(1);
  await connection.close();
  expect((await answers).every(({ status }) => status === 200)).toBe(true);
  await server.idle();
});

test("close ends unanswered calls, and queued ones, which are never sent [C11] [C6]", async () => {
  let heard = 0;
  const { promise: allHere, resolve } = Promise.withResolvers<void>();
  await using server = await startRawServer(() => {
    heard += 1;
    if (heard === 64) resolve();
  });
  const pools = createPools(server.config(), { closeGraceMs: 1 });
  const send = createTransport(pools);
  const calls = Promise.allSettled(Array.from({ length: 70 }, () => send(READ)));
  await allHere;
  await pools.close();
  const ends = (await calls).map((call) => (call.status === "rejected" ? call.reason : call.value));
  expect(ends.slice(0, 64)).toEqual(Array(64).fill(expect.objectContaining({ name: "TransportError", sent: true })));
  expect(ends.slice(64)).toEqual(Array(6).fill(expect.objectContaining({ code: "CLIENT_CLOSED", sent: false })));
  await server.idle();
  expect(server.dialled).toBe(64);
});

test("a closed client opens no connection, and says so at once [C11]", async () => {
  await using server = await startRawServer(({ socket }) => void socket.write(answerOf("200 OK", "{}")));
  const connection = createConnection(server.config(), { sleep: () => Promise.reject(new Error("it waits")) });
  await connection.send(READ);
  await connection.close();
  for (const stream of [true, false]) {
    await expect(connection.send({ ...READ, stream })).rejects.toMatchObject({
      message: "GET /api: no answer from the API server: the client is closed (CLIENT_CLOSED)",
      sent: false,
      attempts: 1,
    });
  }
  await connection.close();
  await server.idle();
  expect(server.dialled).toBe(1);
});

test("close while Node's HTTP client is loading lets no request out [C11]", async () => {
  await using server = await startRawServer(() => {});
  const pools = createPools(server.config(), { closeGraceMs: 1 });
  const answer = createTransport(pools)({ ...READ, stream: true });
  await Promise.all([expect(answer).rejects.toMatchObject({ name: "TransportError" }), pools.close()]);
  await server.idle();
});

test.each([
  ["a TLS handshake", "mute", ["HTTP/1.1 200 OK\r\n\r\n"]],
  ["a proxy's answer", "tls", []],
] as const)("close ends a stream that waits for %s, without resuming it [C11] [C3]", async (_what, speaks, answer) => {
  await using server = await startRawServer(() => {}, { speaks });
  await using proxy = await startProxy({ answer });
  const connection = createConnection(server.config({ proxyUrl: `http://127.0.0.1:${proxy.port}` }), {
    sleep: async () => {},
  });
  const ended = expect(connection.send({ ...READ, stream: true })).rejects.toMatchObject({ code: "CLIENT_CLOSED" });
  await proxy.reached(1);
  if (speaks === "mute") await server.reached(1);
  await connection.close();
  await ended;
  await proxy.idle();
  expect(proxy.asked).toHaveLength(1);
});

test("close ends upgraded connections, including one that upgrades meanwhile [C11] [M7]", async () => {
  const late: Socket[] = [];
  const { promise: isAsked, resolve } = Promise.withResolvers<void>();
  await using server = await startRawServer(({ socket, heard }) => {
    if (heard.includes("/held")) {
      late.push(socket);
      resolve();
    } else if (heard.includes("/late")) {
      late.push(socket);
      if (late.length === 2) resolve();
    } else socket.write(UPGRADE);
  });
  const pools = createPools(server.config(), { closeGraceMs: 60_000 });
  const send = createTransport(pools);
  const upgrade: KubeRequest = { ...READ, upgrade: "websocket", stream: true };
  const { socket } = await send(upgrade);
  const call = send({ ...READ, path: "/held" });
  await isAsked;
  const isClosed = pools.close();
  expect(socket?.destroyed).toBe(true);
  for (const one of late) one.write(answerOf("200 OK", "{}"));
  expect((await call).status).toBe(200);
  await isClosed;
  await server.idle();
});
