import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import type { ClusterConfig } from "../../../../runtime/kube/config/cluster-config.ts";
import { type ConnectionOptions, createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { startProxy } from "../server/proxy-server.ts";
import { answerOf, type RawServer, startRawServer } from "../server/raw-server.ts";

const READ: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };

function connect(config: ClusterConfig, options: ConnectionOptions = {}) {
  const connection = createConnection(config, { sleep: async () => {}, ...options });
  return { ...connection, [Symbol.asyncDispose]: () => connection.close() };
}

/** Sends a request, aborts it at a moment, and expects the signal's own reason and nothing left. */
async function expectAborted(
  config: ClusterConfig,
  request: Partial<KubeRequest>,
  moment: () => Promise<unknown>,
  act: (answer: Promise<unknown>) => Promise<unknown> = (answer) => answer,
): Promise<void> {
  await using connection = connect(config);
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("the reason");
  const answer = act(connection.send({ ...READ, ...request, signal }));
  // Met below; the moment may take longer than the request.
  answer.catch(() => {});
  await moment();
  controller.abort(reason);
  await expect(answer).rejects.toBe(reason);
  expect(getEventListeners(signal, "abort")).toEqual([]);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

async function microtasks(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

test.each(["tls", "http"] as const)(
  "a request over %s ends with its signal's reason and leaves no connection if it aborts in any turn of the event loop [C6] [O7]",
  async (speaks) => {
    await using server = await startRawServer(() => {}, { speaks });
    const { port } = server;
    // A name, so that looking it up is one of the phases.
    const config = server.config({ server: `${speaks === "http" ? "http" : "https"}://localhost:${port}` });
    for (let count = 0; count < 60; count += 1) await expectAborted(config, {}, () => microtasks(count));
    for (let count = 0; count < 40; count += 1) await expectAborted(config, {}, () => turns(count));
    await server.idle();
    expect(server.dialled).toBeGreaterThan(0);
  },
);

test("a request ends with its signal's reason if it aborts during the TLS handshake [C6]", async () => {
  await using server = await startRawServer(() => {}, { speaks: "mute" });
  await expectAborted(server.config(), {}, () => server.reached(1));
  await server.idle();
});

test("a request ends with its signal's reason if it aborts while a proxy is silent [C6] [C3]", async () => {
  await using server = await startRawServer(() => {});
  await using proxy = await startProxy({ answer: [] });
  await expectAborted(server.config({ proxyUrl: `http://127.0.0.1:${proxy.port}` }), {}, () => proxy.reached(1));
  await proxy.idle();
  expect(server.dialled).toBe(0);
});

test.each([
  ["written", ""],
  ["answered in part, in the headers", "HTTP/1.1 200 OK\r\ncontent-"],
])("a request ends with its signal's reason if it aborts after it was %s [C6]", async (_when, said) => {
  const { promise: heard, resolve } = Promise.withResolvers<void>();
  await using server = await startRawServer(({ socket }) => {
    socket.write(said);
    resolve();
  });
  await expectAborted(server.config(), { method: "POST", body: "{}" }, () => heard);
  await server.idle();
});

test("a body ends with its signal's reason if it aborts while its connection is paused [C6] [H5]", async () => {
  const { promise: isStalled, resolve } = Promise.withResolvers<void>();
  await using server = await startRawServer(({ socket }) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    // Larger than all buffers on the way, so this is written while no one reads.
    void writeUntilStalled(socket, 64).then(() => resolve());
  });
  let unread: AsyncIterator<Uint8Array> | undefined;
  await expectAborted(
    server.config(),
    { stream: true },
    () => isStalled,
    async (answer) => {
      unread = ((await answer) as { body: AsyncIterable<Uint8Array> }).body[Symbol.asyncIterator]();
      await isStalled;
      for (;;) if ((await unread.next()).done) return;
    },
  );
  await server.idle();
});

/** Writes as fast as the other side takes it, until it has taken nothing for many turns of the event loop. */
async function writeUntilStalled(
  socket: RawServer["connections"][number]["socket"],
  maxMebibytes: number,
): Promise<number> {
  const piece = Buffer.alloc(1 << 20, "x");
  for (let mebibytes = 0; mebibytes < maxMebibytes; mebibytes += 1) {
    if (socket.write(piece)) continue;
    for (let turn = 0; socket.writableNeedDrain; turn += 1) {
      if (turn > 500 || socket.destroyed) return mebibytes;
      await new Promise(setImmediate);
    }
  }
  return maxMebibytes;
}

test("an unread stream takes no more from its server than its own and the kernel's buffers [H5] [L1]", async () => {
  const { promise: taken, resolve } = Promise.withResolvers<number>();
  await using server = await startRawServer(({ socket }) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    void writeUntilStalled(socket, 256).then(resolve);
  });
  await using connection = connect(server.config());
  const { body } = await connection.send({ ...READ, stream: true });
  expect(await taken).toBeLessThan(64);
  await body.dump();
});

test("a queued call ends with its signal's reason, and its permit goes to the next [C6]", async () => {
  const waiting: RawServer["connections"][number]["socket"][] = [];
  const { promise: allHere, resolve } = Promise.withResolvers<void>();
  await using server = await startRawServer(({ socket, heard }) => {
    if (heard.includes("/late")) socket.write(answerOf("200 OK", "{}"));
    else if (waiting.push(socket) === 64) resolve();
  });
  await using connection = connect(server.config());
  const first = Array.from({ length: 64 }, () => connection.send(READ));
  await allHere;
  const controller = new AbortController();
  const aborted = connection.send({ ...READ, path: "/aborted", signal: controller.signal });
  const late = connection.send({ ...READ, path: "/late" });
  const reason = new Error("the reason");
  controller.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  for (const socket of waiting) socket.write(answerOf("200 OK", "{}"));
  await Promise.all([...first, late]);
  expect(server.connections.some(({ heard }) => heard.includes("/aborted"))).toBe(false);
});

test("a thousand requests under one signal, concurrent and successive, leave no listener and no warning [C6] [C10] [O7]", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  using _end = { [Symbol.dispose]: () => void process.off("warning", note) };
  await using server = await startRawServer(({ socket }) => void socket.write(answerOf("200 OK", "{}")));
  const { signal } = new AbortController();
  await using connection = connect(server.config(), { signal });
  await Promise.all(Array.from({ length: 1_000 }, () => connection.send(READ)));
  const { dialled } = server;
  for (let count = 0; count < 200; count += 1) await connection.send(READ);
  expect(server.dialled).toBe(dialled);
  await turns(2);
  expect(getEventListeners(signal, "abort")).toEqual([]);
  expect(warnings).toEqual([]);
});
