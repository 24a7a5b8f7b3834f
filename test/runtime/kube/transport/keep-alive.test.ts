import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createConnection } from "../../../../runtime/kube/pipeline/connection.ts";
import type { KubeRequest } from "../../../../runtime/kube/requests/request.ts";
import { startProxy } from "../server/proxy-server.ts";
import { answerOf, startRawServer } from "../server/raw-server.ts";

const READ: KubeRequest = { method: "GET", path: "/api", query: [], headers: {} };
const UPGRADE: KubeRequest = { ...READ, stream: true, upgrade: "websocket" };
const SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";
/** Of the kernel's time, which counts hundredths of a second here whatever its own clock does. */
const TICKS_PER_SECOND = 100;
const KEEP_ALIVE_TIMER = "02";

/**
 * When the kernel probes the connections to a port next, in seconds; none for those that it never probes.
 * https://docs.kernel.org/networking/proc_net_tcp.html
 */
function probesTo(port: number): (number | undefined)[] {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , to = "", state]) => to.endsWith(remote) && state === "01")
    .map(([, , , , , timer = ""]) => {
      const [kind, when = ""] = timer.split(":");
      return kind === KEEP_ALIVE_TIMER ? Number.parseInt(when, 16) / TICKS_PER_SECOND : undefined;
    });
}

const PHASES = ["tls", "http"] as const;

test
  .skipIf(process.platform !== "linux")
  .each(PHASES.flatMap((speaks) => [true, false].map((isThrough) => [speaks, isThrough] as const)))(
  "the kernel probes every connection over %s, idle, in use or upgraded, within 30 s, with a proxy: %s [C13] [H8]",
  async (speaks, isThrough) => {
    await using server = await startRawServer(
      ({ socket, heard }) => {
        if (heard.includes("/stream")) socket.write("HTTP/1.1 200 OK\r\n\r\nx");
        else socket.write(heard.includes("websocket") ? SWITCHED : answerOf("200 OK", "{}"));
      },
      { speaks },
    );
    await using proxy = await startProxy();
    const proxyUrl = `http://127.0.0.1:${proxy.port}`;
    const connection = createConnection(server.config(isThrough ? { proxyUrl } : {}));
    await connection.send({ ...READ, path: "/stream", stream: true });
    await connection.send(READ);
    await connection.send(UPGRADE);
    // What was just said must have been acknowledged: until then the kernel's timer is that of sending again.
    const probes = () => probesTo(isThrough ? proxy.port : server.port);
    await expect.poll(() => probes().every((seconds) => seconds !== undefined)).toBe(true);
    expect(probes()).toHaveLength(3);
    for (const seconds of probes()) expect(seconds).toBeLessThanOrEqual(30);
    await connection.close();
  },
);
