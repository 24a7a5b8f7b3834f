import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Connection, StatusSource } from "./app.ts";

/** Who is slow to ask is not a kubelet, a Prometheus or a person: they are cut off, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Enough for probes, a scrape and a few people; bounds what others in the cluster can make the pod hold. */
const MAX_CONNECTIONS = 64;

export interface StatusServerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly source: StatusSource;
  readonly onListening: (port: number) => void;
  /** The endpoint is not there (most often because the port is taken); the run goes on. */
  readonly onError: (error: Error) => void;
}

/**
 * Starts the status endpoint on all addresses, since the kubelet's probes come to the pod's own. It does not keep the process alive. The
 * routes, and with them Node's web classes, are loaded with the first request: at start they would cost the job time that nobody asked for.
 */
export function startStatusServer(options: StatusServerOptions): Server {
  let handler: Promise<Handler> | undefined;
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      handler ??= loadHandler(options.source);
      handler.then((handle) => handle(request, response)).catch(() => refuse(response));
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on("error", options.onError);
  server.on("connection", (socket) => socket.unref());
  // Without a host Node listens on IPv6 and IPv4 together, or on IPv4 alone where the pod has no other.
  server.listen(options.port, () => options.onListening((server.address() as AddressInfo).port));
  return server.unref();
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

async function loadHandler(source: StatusSource): Promise<Handler> {
  const { createStatusApp } = await import("./app.ts");
  const app = createStatusApp(source);
  return async (request, response) => {
    request.resume(); // nothing here takes a body
    const connection: Connection = { remoteAddress: request.socket.remoteAddress };
    const question = new Request(`http://pod${request.url}`, { method: request.method ?? "GET" });
    const answer = await app.fetch(question, connection);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(request.method === "HEAD" ? undefined : Buffer.from(await answer.arrayBuffer()));
  };
}

/** A target or a method that no Request can have, such as TRACE. */
function refuse(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(400);
  response.end();
}
