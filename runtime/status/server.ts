import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { answerStatus, type StatusSource } from "./routes.ts";

/**
 * What a port-forward reaches: container runtimes dial `localhost` in the pod's network, 127.0.0.1 first and ::1 where that refuses. Every pod has it, even
 * one with IPv6 addresses alone.
 */
const LOOPBACK = "127.0.0.1";
/** Enough for several people and for sidecars that watch the job. */
const LOOPBACK_CONNECTIONS_MAX = 64;
/** A slow request over loopback is a person who types, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** A scrape takes a few milliseconds; slow and silent strangers are disconnected after this, in milliseconds. */
const STRANGER_MS = 2_000;
/**
 * Bounds what others in the cluster can make the pod hold: a file descriptor and a few kilobytes each. It is far more than can arrive while a scraper sends its request, or than are accepted
 * in one turn of the event loop.
 */
const SILENT_MAX = 1_024;

export interface StatusServerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly source: StatusSource;
  /** The pod's addresses where strangers may read the metrics. Each has a socket of its own, so that no crowd there blocks loopback. */
  readonly openAddresses?: readonly string[];
  /** Called for each address that is listened on. @param isOpen whether strangers reach it */
  readonly onListening: (port: number, isOpen: boolean) => void;
  /** The endpoint could not be opened (usually because the port is taken); the run goes on. */
  readonly onError: (error: Error) => void;
}

/** Starts the status endpoint on loopback, and on the addresses that are opened. It does not keep the process alive. */
export function startStatusServer(options: StatusServerOptions): Server[] {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    handle(options.source, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
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

/** Gives each stranger a moment for one request. When all places are taken, whoever has been silent longest is disconnected: there is always room for a prompt request. */
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

async function handle(source: StatusSource, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume(); // nothing here takes a body
  const { method = "GET", url = "", headers, socket } = request;
  const { localAddress, remoteAddress } = socket;
  const connection = { localAddress, remoteAddress };
  const answer = await answerStatus(source, { method, url, accept: headers.accept ?? "", connection });
  response.writeHead(answer.status, answer.headers);
  response.end(method === "HEAD" ? undefined : answer.body);
}
