import diagnostics from "node:diagnostics_channel";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import type { ClusterConfig } from "../../../../runtime/kube/config/cluster-config.ts";
import { type ConnectionOptions, createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { NAMED, OTHER_CA } from "../server/certificates.ts";
import { startProxy } from "../server/proxy-server.ts";
import { answerOf, type RawOptions, startRawServer } from "../server/raw-server.ts";

// What the error of a write says about whether it may have been made: the caller, and the retries, rely on it.

const READ: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };
const WRITE: KubeRequest = { ...READ, method: "POST", path: "/api/v1/namespaces/shop/pods", body: '{"a":1}' };

function connect(config: ClusterConfig, options: ConnectionOptions = {}) {
  const connection = createConnection(config, { sleep: async () => {}, ...options });
  return { ...connection, [Symbol.asyncDispose]: () => connection.close() };
}

test.each<[string, RawOptions, Partial<ClusterConfig>]>([
  ["an authority that is not trusted, in TLS 1.3", {}, { ca: OTHER_CA }],
  ["an authority that is not trusted, in TLS 1.2", { tls: { maxVersion: "TLSv1.2" } }, { ca: OTHER_CA }],
  ["another name, in TLS 1.3", { identity: NAMED }, {}],
  ["another name, in TLS 1.2", { identity: NAMED, tls: { maxVersion: "TLSv1.2" } }, {}],
  ["a TLS version that is too old", { tls: { minVersion: "TLSv1", maxVersion: "TLSv1.1" } }, {}],
])(
  "a server with a certificate of %s receives no byte of a write, which counts as not sent [B7] [C1] [D4]",
  async (_what, options, config) => {
    await using server = await startRawServer(() => {}, options);
    await using connection = connect(server.config(config), { maxRetries: 0 });
    await expect(connection.send(WRITE)).rejects.toMatchObject({ sent: false, outcomeUnknown: false });
    await server.idle();
    expect(server.connections.map(({ heard }) => heard).join("")).toBe("");
  },
);

/** Cuts the first connections when their client says its first word, and passes the others on. */
async function startFront(port: number, cuts: number) {
  const sockets: Socket[] = [];
  let seen = 0;
  const server = createServer((socket) => {
    seen += 1;
    sockets.push(socket.on("error", () => {}));
    if (seen <= cuts) {
      socket.once("data", () => socket.resetAndDestroy());
      return;
    }
    const upstream = connectTcp({ host: "127.0.0.1", port }).on("error", () => {});
    sockets.push(upstream);
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("a write is sent once after connections that break during the TLS handshake [D4] [D3]", async () => {
  await using server = await startRawServer(({ socket }) => void socket.write(answerOf("201 Created", "{}")));
  await using front = await startFront(server.port, 3);
  await using connection = connect(server.config({ server: `https://127.0.0.1:${front.port}` }));
  expect((await connection.send(WRITE)).status).toBe(201);
  expect(connection.stats.retries).toBe(3);
  expect(server.connections.map(({ heard }) => heard.split("POST ").length - 1)).toEqual([1]);
});

test("a write is sent once after tunnels that break during the TLS handshake [D4] [C3]", async () => {
  await using server = await startRawServer(({ socket }) => void socket.write(answerOf("201 Created", "{}")));
  let tunnels = 0;
  const onTunnel = (client: Socket): void => {
    tunnels += 1;
    if (tunnels <= 3) client.resetAndDestroy();
  };
  await using proxy = await startProxy({ onTunnel });
  await using connection = connect(server.config({ proxyUrl: `http://127.0.0.1:${proxy.port}` }));
  expect((await connection.send(WRITE)).status).toBe(201);
  expect(server.connections.filter(({ heard }) => heard.includes("POST "))).toHaveLength(1);
});

test.each([true, false])(
  "a write whose connection breaks after its first byte is not retried, with a proxy: %s [D3]",
  async (hasProxy) => {
    await using server = await startRawServer(({ socket }) => void socket.destroy());
    await using proxy = await startProxy();
    const through = hasProxy ? { proxyUrl: `http://127.0.0.1:${proxy.port}` } : {};
    await using connection = connect(server.config(through));
    await expect(connection.send(WRITE)).rejects.toMatchObject({ sent: true, outcomeUnknown: true, attempts: 1 });
    expect(server.connections).toHaveLength(1);
  },
);

test("a write on a reused connection is not retried if the connection breaks [D3] [D2]", async () => {
  await using server = await startRawServer(({ socket }, requests) => {
    if (requests === 1) socket.write(answerOf("200 OK", "{}"));
    else socket.destroy();
  });
  await using connection = connect(server.config());
  await connection.send(READ);
  await expect(connection.send(WRITE)).rejects.toMatchObject({ sent: true, outcomeUnknown: true });
  expect(server.connections).toHaveLength(1);
});

test("a write is sent once and answered if its idle connection was just closed locally [D4] [D2]", async () => {
  const sockets: Socket[] = [];
  const note = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
  diagnostics.subscribe("net.client.socket", note);
  using _end = { [Symbol.dispose]: () => void diagnostics.unsubscribe("net.client.socket", note) };
  const held: Socket[] = [];
  const answer = (socket: Socket) => void socket.write(answerOf("200 OK", "{}"));
  await using server = await startRawServer(
    ({ socket }) => {
      if (held.push(socket) === 2) for (const one of held) answer(one);
      if (held.length > 2) answer(socket);
    },
    { speaks: "http" },
  );
  await using connection = connect(server.config());
  await Promise.all([connection.send(READ), connection.send(READ)]);
  // Node's agent hands out the one that came last, and looks only at the first to see whether it still lives.
  sockets.at(-1)?.destroy();
  expect((await connection.send(WRITE)).status).toBe(200);
  const writes = server.connections.map(({ heard }) => heard.split("POST ").length - 1);
  expect(writes.reduce((sum, count) => sum + count)).toBe(1);
});

test("no write is sent twice, and none fails before it was sent, if a server closes idle connections at the same time [D2] [D3]", async () => {
  await using server = await startRawServer(({ socket }) => {
    socket.write(answerOf("200 OK", "{}"));
    socket.end();
  });
  await using connection = connect(server.config());
  let unknown = 0;
  let done = 0;
  for (let count = 0; count < 300; count += 1) {
    for (let turn = 0; turn < count % 6; turn += 1) await new Promise(setImmediate);
    await connection.send({ ...WRITE, path: `/write-${count}-` }).then(
      () => {
        done += 1;
      },
      (error: unknown) => {
        expect(error).toMatchObject({ sent: true, outcomeUnknown: true, attempts: 1 });
        unknown += 1;
      },
    );
  }
  expect(done + unknown).toBe(300);
  const all = server.connections.map(({ heard }) => heard).join("");
  for (let count = 0; count < 300; count += 1) expect(all.split(`/write-${count}-`).length).toBeLessThanOrEqual(2);
});
