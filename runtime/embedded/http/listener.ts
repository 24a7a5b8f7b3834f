import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { createApp } from "./app.ts";
import type { ServerCertificate } from "./certificate.ts";

export interface Listener {
  readonly port: number;
  /** Ends all connections, even in the middle of an answer. */
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";

/** Serves an app over HTTPS on loopback. @param port 0 picks a free one */
export function listen(
  app: ReturnType<typeof createApp>,
  { certificate, key }: ServerCertificate,
  port: number,
): Promise<Listener> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: { cert: certificate, key, minVersion: "TLSv1.2" },
    // Leave the globals to the process, such as a test runner.
    overrideGlobalObjects: false,
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, () => {
      const address = server.address() as AddressInfo;
      resolve({ port: address.port, close: () => closeServer(server) });
    });
  });
}

function closeServer(server: ReturnType<typeof createAdaptorServer>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}
