import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Connection, StatusSource } from "./app.ts";

/**
 * The target of a port-forward: container runtimes connect to `localhost` in the pod's network, 127.0.0.1 first and then ::1. Every pod has it, even an
 * IPv6-only one.
 */
const LOOPBACK = "127.0.0.1";
/** Enough for several people and a sidecar. */
const LOOPBACK_CONNECTIONS_MAX = 64;
/** Allows a person on loopback to type a request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Slower or silent clients are disconnected: a scrape takes a few milliseconds. */
const STRANGER_MS = 2_000;
/**
 * Limits connections from other clients, each of which costs a file descriptor and a few kilobytes. It is far more than can arrive while a scraper sends
 * its request, or than are accepted in one turn of the event loop.
 */
const SILENT_MAX = 1_024;

export interface StatusServerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly source: StatusSource;
  /** The pod's addresses on which anyone may read the metrics. Each has its own socket, so that a flood there does not block loopback. */
  readonly openAddresses?: readonly string[];
  /** Called for each address. @param isOpen whether anyone can reach it */
  readonly onListening: (port: number, isOpen: boolean) => void;
  /** The endpoint could not start (usually because the port is in use); the run continues. */
  readonly onError: (error: Error) => void;
}

/**
 * Starts the status endpoint on loopback and the open addresses, without keeping the process alive. The routes, and with them Node's web classes, are
 * loaded on the first request, so that they do not slow down the start.
 */
export function startStatusServer(options: StatusServerOptions): Server[] {
  let handler: Promise<Handler> | undefined;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    handler ??= loadHandler(options.source);
    handler.then((handle) => handle(request, response)).catch(() => refuse(response));
  };
  const serve = (address: string, isOpen: boolean): Server => {
    const timeouts = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS };
    const server = createServer(timeouts, onRequest);
    server.on("error", options.onError);
    server.on("connection", (socket) => socket.unref());
    const onListening = (): void => options.onListening((server.address() as AddressInfo).port, isOpen);
    return server.listen(options.port, address, onListening).unref();
  };
  const own = serve(LOOPBACK, false);
  own.maxConnections = LOOPBACK_CONNECTIONS_MAX;
  return [own, ...(options.openAddresses ?? []).map((address) => keepRoom(serve(address, true)))];
}

/** Allows each connection one request. At the limit, the longest silent one is closed: there is always room for a client that sends at once. */
function keepRoom(server: Server): Server {
  const silent = new Set<Socket>();
  server.maxRequestsPerSocket = 1;
  server.on("request", ({ socket }: IncomingMessage) => silent.delete(socket));
  return server.on("connection", (socket) => {
    silent.add(socket);
    const timer = setTimeout(() => socket.destroy(), STRANGER_MS).unref();
    socket.once("close", () => {
      clearTimeout(timer);
      silent.delete(socket);
    });
    const [first] = silent;
    if (silent.size > SILENT_MAX && first !== undefined && silent.delete(first)) first.destroy();
  });
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

async function loadHandler(source: StatusSource): Promise<Handler> {
  const { createStatusApp } = await import("./app.ts");
  const app = createStatusApp(source);
  return async (request, response) => {
    request.resume(); // nothing here takes a body
    const { localAddress, remoteAddress } = request.socket;
    const connection: Connection = { localAddress, remoteAddress };
    const { accept = "" } = request.headers;
    const question = new Request(`http://pod${request.url}`, { method: request.method ?? "GET", headers: { accept } });
    const answer = await app.fetch(question, connection);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(request.method === "HEAD" ? undefined : Buffer.from(await answer.arrayBuffer()));
  };
}

/** For a target or method that a Request cannot have, such as TRACE. */
function refuse(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(400);
  response.end();
}
