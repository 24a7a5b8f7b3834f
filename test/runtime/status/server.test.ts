import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { startStatusServer } from "../../../runtime/status/server.ts";
import { sampleReport } from "../run/sample-report.ts";

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

function start(port: number): Promise<number> {
  return new Promise((onListening, onError) => {
    servers.push(startStatusServer({ port, source: { report: () => sampleReport }, onListening, onError }));
  });
}

describe("startStatusServer", () => {
  it("answers over IPv4 loopback with what the routes say when it listens on a free port", async () => {
    const port = await start(0);
    const answer = await fetch(`http://127.0.0.1:${port}/status`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toStrictEqual(sampleReport);
    expect((await fetch(`http://127.0.0.1:${port}/none`, { method: "POST", body: "x".repeat(100_000) })).status).toBe(
      404,
    );
  });

  it("sends no body when it is asked by HEAD", async () => {
    const port = await start(0);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { method: "HEAD" });
    expect([answer.status, await answer.text()]).toStrictEqual([200, ""]);
  });

  it("answers 400, and the next question, when a request is none that the web knows", async () => {
    const port = await start(0);
    const options = { port, host: "127.0.0.1", method: "TRACE", path: "/status" };
    expect(
      await new Promise((resolve) => request(options, (answer) => resolve(answer.resume().statusCode)).end()),
    ).toBe(400);
    expect((await fetch(`http://127.0.0.1:${port}//healthz`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/healthz?probe`)).status).toBe(200);
  });

  it("tells and does not throw when the port is taken", async () => {
    const other = createServer();
    servers.push(other);
    await new Promise<void>((resolve) => other.listen(0, resolve));
    await expect(start((other.address() as AddressInfo).port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
