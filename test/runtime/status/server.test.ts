import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { LogTail } from "../../../runtime/run/output/log-tail.ts";
import { startStatusServer } from "../../../runtime/status/server.ts";
import type { StatusSource } from "../../../runtime/status/source.ts";
import { sampleReport } from "../run/report/sample-report.ts";
import { sampleSource } from "./status-source.ts";

/** Not one of the two addresses that count as loopback: clients here are external. */
const OPEN = "127.0.0.2";

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

/** @returns the port on loopback, and the open one, if any */
function start(port: number, more: Partial<StatusSource> = {}): Promise<{ own: number; open: number }> {
  const ports = { own: 0, open: 0 };
  const source = sampleSource(more);
  const wanted = 1 + source.openAddresses.length;
  return new Promise((resolve, onError) => {
    let listening = 0;
    const onListening = (actual: number, isOpen: boolean): void => {
      ports[isOpen ? "open" : "own"] = actual;
      listening += 1;
      if (listening === wanted) resolve(ports);
    };
    servers.push(...startStatusServer({ port, source, onListening, onError }));
  });
}

/** Also if it was closed before. */
function closedOf(socket: Socket): Promise<unknown> {
  return socket.closed ? Promise.resolve() : once(socket.resume(), "close");
}

async function connected(port: number, host: string, localAddress?: string): Promise<Socket> {
  const socket = connect({ port, host, ...(localAddress === undefined ? {} : { localAddress }) });
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

describe("startStatusServer", () => {
  it("answers over IPv4 loopback on a free port", async () => {
    const { own } = await start(0);
    const answer = await fetch(`http://127.0.0.1:${own}/status`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toStrictEqual(sampleReport);
    const posted = await fetch(`http://127.0.0.1:${own}/none`, { method: "POST", body: "x".repeat(100_000) });
    expect(posted.status).toBe(405);
  });

  it("listens only on loopback by default", async () => {
    const { own } = await start(0);
    await expect(connected(own, OPEN)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("treats a service mesh's proxy on loopback as another client", async () => {
    const { own } = await start(0);
    const socket = await connected(own, "127.0.0.1", "127.0.0.6");
    socket.write("GET /status HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n");
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it("serves only metrics on an open address", async () => {
    const { open } = await start(0, { openAddresses: [OPEN] });
    expect(await (await fetch(`http://${OPEN}:${open}/metrics`)).text()).toContain("errand_run_info{");
    expect((await fetch(`http://${OPEN}:${open}/status`)).status).toBe(403);
  });

  it("answers active clients, and loopback, despite too many silent connections, which it closes", async () => {
    const { own, open } = await start(0, { openAddresses: [OPEN] });
    const idle: Socket[] = [];
    // Not all at once: a listener's queue holds 511, and what does not fit in would wait for ever without saying anything.
    while (idle.length < 1_100)
      idle.push(...(await Promise.all(Array.from({ length: 100 }, () => connected(open, OPEN)))));
    const closed = Promise.all(idle.map(closedOf));
    expect((await fetch(`http://${OPEN}:${open}/metrics`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${own}/status`)).status).toBe(200);
    const held = await new Promise((resolve) => servers[1]?.getConnections((_error, count) => resolve(count)));
    expect(held).toBeLessThanOrEqual(1_024);
    await closed;
  });

  it("disconnects a slow client", async () => {
    const { open } = await start(0, { openAddresses: [OPEN] });
    const slow = await connected(open, OPEN);
    slow.write("GET /metrics HTTP/1.1\r\nHost:");
    await once(slow.resume(), "close");
  });

  it("sends no body for HEAD", async () => {
    const { own } = await start(0);
    const answer = await fetch(`http://127.0.0.1:${own}/healthz`, { method: "HEAD" });
    expect([answer.status, await answer.text()]).toStrictEqual([200, ""]);
  });

  it("answers 405, and the next request, for a method that fetch does not support", async () => {
    const { own: port } = await start(0);
    const options = { port, host: "127.0.0.1", method: "TRACE", path: "/status" };
    expect(
      await new Promise((resolve) => request(options, (answer) => resolve(answer.resume().statusCode)).end()),
    ).toBe(405);
    expect((await fetch(`http://127.0.0.1:${port}//healthz`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/healthz?probe`)).status).toBe(200);
  });

  it("answers 431 to headers beyond 8 KiB", async () => {
    const { own } = await start(0);
    expect((await fetch(`http://127.0.0.1:${own}/status`, { headers: { long: "x".repeat(9_000) } })).status).toBe(431);
  });

  it("answers active clients despite 500 that asked for the page or the log and read nothing", async () => {
    const { own } = await start(0, { log: fullLog() });
    for (let count = 0; count < 500; count += 25) {
      const some = await Promise.all(Array.from({ length: 25 }, () => connected(own, "127.0.0.1")));
      for (const [index, socket] of some.entries()) {
        socket.pause();
        const accept = index % 2 === 0 ? "text/html" : "text/event-stream";
        socket.write(`GET ${index % 2 === 0 ? "/" : "/logs"} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`);
      }
    }
    expect((await fetch(`http://127.0.0.1:${own}/healthz`)).status).toBe(200);
    const held = await new Promise((resolve) => servers[0]?.getConnections((_error, count) => resolve(count)));
    expect(held).toBeLessThanOrEqual(64);
  });

  it("keeps at most 32 streams open", async () => {
    const { own } = await start(0);
    const streams = await Promise.all(Array.from({ length: 40 }, () => fetch(`http://127.0.0.1:${own}/events`)));
    const refused = streams.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(8);
    expect(refused[0]?.headers.get("content-type")).toBe("application/problem+json");
    await Promise.all(streams.map(({ body }) => body?.cancel()));
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${own}/events`, { method: "HEAD" })).status).toBe(200);
  });

  it("reports a port in use without throwing", async () => {
    const other = createServer();
    servers.push(other);
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    await expect(start((other.address() as AddressInfo).port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

/** As much as is kept: more than what a socket's buffers take. */
function fullLog(): LogTail {
  const log = new LogTail();
  for (let line = 0; line < 2_000; line += 1) log.write(Buffer.from(`${"x".repeat(120)}\n`));
  return log;
}
