import { connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { createConnection } from "../../../../runtime/kube/connection.ts";
import { proxyFromEnvironment } from "../../../../runtime/kube/transport/proxy-environment.ts";
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
])("proxyFromEnvironment reaches %s directly with NO_PROXY=%s: %s [C2]", (server, excluded, isDirect) => {
  const proxy = proxyFromEnvironment(server, { HTTPS_PROXY: "http://proxy", NO_PROXY: excluded });
  expect(proxy === undefined).toBe(isDirect);
});

/** A proxy that tunnels, or answers what it is told. */
async function startProxy(answer = "HTTP/1.1 200 OK\r\n\r\n") {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (head) => {
      asked.push(head.toString());
      socket.write(answer);
      if (!answer.includes(" 200 ")) return;
      const [, host, port] = /^CONNECT (.+):(\d+) /.exec(head.toString()) ?? [];
      const upstream = connect({ host: host ?? "", port: Number(port) });
      sockets.add(upstream);
      upstream.on("error", () => {});
      socket.pipe(upstream).pipe(socket);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  return {
    asked,
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("the transport goes through a proxy's tunnel, with its credentials, and the proxy sees no token [C3] [B7]", async () => {
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
])("the transport names the proxy, without its credentials, when it answers %j [C3] [O1]", async (answer, problem) => {
  await using server = await startScriptedServer();
  await using proxy = await startProxy(answer);
  const proxyUrl = `http://me:canary@127.0.0.1:${proxy.port}`;
  const connection = createConnection(server.config({ proxyUrl }), { sleep: async () => {} });
  const error = (await connection.send(READ).catch((thrown: unknown) => thrown)) as Error;
  await connection.close();
  const { inspect } = await import("node:util");
  expect(error.message).toContain(problem);
  expect(error.message).toContain(`http://127.0.0.1:${proxy.port}`);
  expect(inspect(error, { depth: 10 })).not.toContain("canary");
});

test("the transport says that it knows no SOCKS proxy [C3]", async () => {
  await using server = await startScriptedServer();
  const connection = createConnection(server.config({ proxyUrl: "socks5://127.0.0.1:1" }), { sleep: async () => {} });
  await expect(connection.send(READ)).rejects.toThrow("proxies of type socks5 are not supported");
  await connection.close();
});
