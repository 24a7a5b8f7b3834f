import { createServer, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { createConnection } from "../../../../runtime/kube/connection.ts";
import { tlsOptions } from "../../../../runtime/kube/transport/tls.ts";
import { CA, NAMED, SERVER } from "../server/certificates.ts";
import { answerOf, startRawServer } from "../server/raw-server.ts";

const CONFIG = { server: "https://10.96.0.1:443", ca: CA, namespace: "shop" };

test("tlsOptions asks for TLS 1.2 at least and for keep-alive probes every 30 s [C1] [C13]", () => {
  expect(tlsOptions(CONFIG)).toEqual({
    minVersion: "TLSv1.2",
    keepAliveInitialDelay: 30_000,
    rejectUnauthorized: true,
    ca: CA,
  });
});

test.each([
  ["api.example.test", { servername: "api.example.test" }],
  ["10.96.0.1", {}],
  ["fd00::1", {}],
])("tlsOptions sends %s as SNI only when it is a name [A10]", (tlsServerName, expected) => {
  const { servername } = tlsOptions({ ...CONFIG, tlsServerName });
  expect(servername === undefined ? {} : { servername }).toEqual(expected);
});

test("the transport offers HTTP/1.1 and nothing else, for calls and for connections that change their protocol [C8] [M8]", async () => {
  const offered: unknown[] = [];
  const sockets: TLSSocket[] = [];
  const server = createServer(
    {
      cert: SERVER,
      key: SERVER,
      ALPNCallback: ({ protocols }) => {
        offered.push(protocols);
        return protocols[0];
      },
    },
    (socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.once("data", () => socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
    },
  ).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const connection = createConnection({ server: `https://127.0.0.1:${port}`, ca: CA, namespace: "shop" });
  const read = { method: "GET", path: "/api", query: [], headers: {} } as const;
  await expect(connection.send(read)).rejects.toMatchObject({ code: 404 });
  await expect(connection.send({ ...read, stream: true, upgrade: "websocket" })).rejects.toMatchObject({ code: 404 });
  await connection.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  expect(offered).toEqual([["http/1.1"], ["http/1.1"]]);
});

test.each([
  ["api.example.test", "api.example.test"],
  ["127.0.0.1", false],
  [undefined, false],
] as const)(
  "the transport says %s as the server's name on the wire when that is a name, and none else [A10]",
  async (tlsServerName, sni) => {
    await using server = await startRawServer(({ socket }) => void socket.write(answerOf("200 OK", "{}")), {
      identity: NAMED,
    });
    const { ca: _ca, ...config } = server.config({ insecureSkipTlsVerify: true });
    const connection = createConnection({ ...config, ...(tlsServerName === undefined ? {} : { tlsServerName }) });
    await connection.send({ method: "GET", path: "/api", query: [], headers: {} });
    await connection.close();
    expect(server.connections.map(({ socket }) => (socket as TLSSocket).servername)).toEqual([sni]);
  },
);
