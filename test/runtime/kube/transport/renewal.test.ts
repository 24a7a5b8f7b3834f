import { expect, test } from "vitest";
import type { ClusterConfig } from "../../../../runtime/kube/config/cluster-config.ts";
import { type ConnectionOptions, createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import type { ClientCertificate, KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { createPools } from "../../../../runtime/kube/transport/pools.ts";
import { createTransport } from "../../../../runtime/kube/transport/transport.ts";
import { CA, NAMED, OTHER_CA, RENEWED, RENEWED_CA, SERVER } from "../server/certificates.ts";
import { answerOf, type RawConnection, type RawServer, startRawServer } from "../server/raw-server.ts";

// What connections trust, and who they say they are, may change while a process runs.

const READ: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };
const UNAUTHORIZED = answerOf("401 Unauthorized", '{"kind":"Status","reason":"Unauthorized","code":401}');
const ONE: ClientCertificate = { certificate: SERVER, key: SERVER };
const TWO: ClientCertificate = { certificate: NAMED, key: NAMED };
const SERVER_CLIENT = "errand test server";
const NAMED_CLIENT = "errand test named";
const ASKING = { tls: { requestCert: true, rejectUnauthorized: false } };

function connect(config: ClusterConfig, options: ConnectionOptions = {}) {
  const connection = createConnection(config, { sleep: async () => {}, ...options });
  return { ...connection, [Symbol.asyncDispose]: () => connection.close() };
}

function answer({ socket }: RawConnection): void {
  socket.write(answerOf("200 OK", "{}"));
}

/** Whom each connection said it is. */
function clientsOf(server: RawServer): string[] {
  return server.connections.map(({ client }) => client);
}

test("concurrent calls that meet a certificate from a new CA are all retried, and the CA bundle is read once [A7]", async () => {
  await using server = await startRawServer(answer);
  let reads = 0;
  const readCa = async () => {
    reads += 1;
    return CA;
  };
  await using connection = connect(server.config({ ca: OTHER_CA, readCa }));
  const answers = await Promise.all(Array.from({ length: 20 }, () => connection.send(READ)));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(reads).toBe(1);
});

test("a connection with the old CA bundle is not used for new requests, and ends with its stream [A7] [C10]", async () => {
  let stream: RawConnection | undefined;
  await using server = await startRawServer((connection) => {
    if (!connection.heard.includes("/stream")) return void connection.socket.write(answerOf("200 OK", "{}"));
    stream = connection;
    connection.socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n");
  });
  const readCa = async () => RENEWED_CA;
  await using connection = connect(server.config({ readCa }));
  const { body } = await connection.send({ ...READ, path: "/stream", stream: true });
  await Promise.all([connection.send(READ), connection.send(READ)]);
  expect(server.open).toBe(3);
  server.present(RENEWED);
  // Two are idle; the third call needs a connection of its own, and meets the new certificate.
  await Promise.all([connection.send(READ), connection.send(READ), connection.send(READ)]);
  await server.until(() => server.open === 2);
  const reading = body.text();
  stream?.socket.write("1\r\nb\r\n0\r\n\r\n");
  expect(await reading).toBe("ab");
  await server.until(() => stream?.socket.destroyed === true);
  const { dialled } = server;
  await connection.send(READ);
  expect(server.dialled).toBe(dialled);
});

test("a call that started before the CA bundle changed is retried even if another call has already re-read it [A7]", async () => {
  await using server = await startRawServer(answer);
  const pools = createPools(server.config({ ca: OTHER_CA, readCa: async () => CA }));
  const { trust } = pools;
  expect(await pools.renewTrust(trust)).toBe(true);
  expect(await pools.renewTrust(trust)).toBe(true);
  expect(await pools.renewTrust(pools.trust)).toBe(false);
  expect((await createTransport(pools)(READ)).status).toBe(200);
  await pools.close();
});

test("connections use the current certificate: idle ones with another are closed, a stream continues [B4] [B8]", async () => {
  let current = ONE;
  let stream: RawConnection | undefined;
  await using server = await startRawServer((connection) => {
    if (!connection.heard.includes("/stream")) return answer(connection);
    stream = connection;
    connection.socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n");
  }, ASKING);
  await using connection = connect(server.config({ certificateSource: { get: async () => current } }));
  const { body } = await connection.send({ ...READ, path: "/stream", stream: true });
  await connection.send(READ);
  await connection.send(READ);
  current = TWO;
  await connection.send(READ);
  await server.until(() => server.open === 2);
  stream?.socket.write("1\r\nb\r\n0\r\n\r\n");
  expect(await body.text()).toBe("ab");
  await server.until(() => server.open === 1);
  expect(clientsOf(server)).toEqual([SERVER_CLIENT, SERVER_CLIENT, NAMED_CLIENT]);
});

test("a request that read a certificate just before its replacement does not bring it back [B4]", async () => {
  await using server = await startRawServer(answer, ASKING);
  const pools = createPools(server.config());
  const send = createTransport(pools);
  for (const certificate of [ONE, TWO, ONE, { ...TWO }]) await (await send({ ...READ, certificate })).body.text();
  expect(clientsOf(server)).toEqual([SERVER_CLIENT, NAMED_CLIENT]);
  await pools.close();
});

test("a 401 makes the client get another certificate, and a connection with it, for any verb [B4] [B3]", async () => {
  await using server = await startRawServer((connection) => {
    if (connection.client === NAMED_CLIENT) answer(connection);
    else connection.socket.write(UNAUTHORIZED);
  }, ASKING);
  let current = ONE;
  const certificateSource = {
    get: async ({ refresh = false } = {}) => {
      if (refresh) current = TWO;
      return current;
    },
  };
  await using connection = connect(server.config({ certificateSource }));
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      connection.send({ ...READ, method: "POST", path: `/${index}`, body: "{}" }),
    ),
  );
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  await server.until(() =>
    server.connections.every(({ client, socket }) => socket.destroyed || client === NAMED_CLIENT),
  );
});

test("an upgraded connection uses the current certificate [B4] [M6]", async () => {
  let current = ONE;
  await using server = await startRawServer(({ socket }) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n");
  }, ASKING);
  await using connection = connect(server.config({ certificateSource: { get: async () => current } }));
  await connection.send({ ...READ, upgrade: "websocket", stream: true });
  current = TWO;
  await connection.send({ ...READ, upgrade: "websocket", stream: true });
  expect(clientsOf(server)).toEqual([SERVER_CLIENT, NAMED_CLIENT]);
});
