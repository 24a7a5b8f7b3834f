import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Connection, StatusSource } from "./app.ts";

/**
 * What a port-forward reaches: container runtimes dial `localhost` in the pod's network, 127.0.0.1 first and ::1 where that refuses. Every pod has it, one with
 * IPv6 addresses alone too.
 */
const LOOPBACK = "127.0.0.1";
/** Enough for several people and what watches beside the job. */
const LOOPBACK_CONNECTIONS_MAX = 64;
/** Who comes over loopback and is slow to ask is a person who types, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** A scrape takes some milliseconds; whoever takes longer, or says nothing, has had his time. */
const STRANGER_MS = 2_000;
/**
 * Bounds what others in the cluster can make the pod hold: a file descriptor and some kilobytes each. It is far more than can come in the time that a scraper needs to ask, or than are accepted
 * in one turn of the event loop.
 */
const SILENT_MAX = 1_024;

export interface StatusServerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly source: StatusSource;
  /** Of the pod: where strangers may ask for the metrics. Each has a socket of its own, so that no crowd there is in loopback's way. */
  readonly openAddresses?: readonly string[];
  /** Told of each address that is listened on. @param isOpen whether strangers reach it */
  readonly onListening: (port: number, isOpen: boolean) => void;
  /** The endpoint is not there (most often because the port is taken); the run goes on. */
  readonly onError: (error: Error) => void;
}

/**
 * Starts the status endpoint on loopback, and on what is opened. It does not keep the process alive. The
 * routes, and with them Node's web classes, are loaded with the first request: at start they would cost the job time that nobody asked for.
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

/** Gives each stranger a moment for one request. Where all places are taken, the one goes who has been silent for longest: there is always room for who asks at once. */
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

/** A target or a method that no Request can have, such as TRACE. */
function refuse(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(400);
  response.end();
}
