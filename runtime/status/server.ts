import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Connection, StatusSource } from "./source.ts";

/**
 * The target of a port-forward: container runtimes connect to `localhost` in the pod's network, 127.0.0.1 first and then ::1. Every pod has it, even an
 * IPv6-only one.
 */
const LOOPBACK = "127.0.0.1";
/** Enough for several people and a sidecar. */
const LOOPBACK_CONNECTIONS_MAX = 64;
/** Streams of the log and of progress at once. */
const STREAMS_MAX = 32;
/** Allows a person on loopback to type a request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;
/** A reader that takes nothing for this long is disconnected, in milliseconds. Streams say something more often. */
const STALLED_MS = 30_000;
/** Of all headers of a request: far more than a browser sends here, which has no cookies. */
const HEADER_BYTES_MAX = 8_192;
const HEADERS_MAX = 64;

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
  /** Each of its open addresses has its own socket, so that a flood there does not block loopback. */
  readonly source: StatusSource;
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
    const server = createServer({ ...timeouts, maxHeaderSize: HEADER_BYTES_MAX }, onRequest);
    server.maxHeadersCount = HEADERS_MAX;
    server.timeout = STALLED_MS;
    server.on("error", options.onError);
    server.on("connection", (socket) => socket.unref());
    const onListening = (): void => options.onListening((server.address() as AddressInfo).port, isOpen);
    return server.listen(options.port, address, onListening).unref();
  };
  return [
    makeRoom(serve(LOOPBACK, false)),
    ...options.source.openAddresses.map((address) => keepRoom(serve(address, true))),
  ];
}

/** At the limit, the oldest connection is closed that is silent or does not read what it asked for; only if all others are busy, the new one is. */
function makeRoom(server: Server): Server {
  const open = new Set<Socket>();
  return server.on("connection", (socket) => {
    if (open.size >= LOOPBACK_CONNECTIONS_MAX) {
      const stalled = [...open].find(({ bytesRead, writableLength }) => bytesRead === 0 || writableLength > 0);
      (stalled ?? socket).destroy();
      if (stalled === undefined) return;
      open.delete(stalled);
    }
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
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

/** Methods that a Request cannot have: the routes refuse them as they refuse any other that changes something. */
const UNSPEAKABLE: readonly string[] = ["CONNECT", "TRACE", "TRACK"];

async function loadHandler(source: StatusSource): Promise<Handler> {
  const { createStatusApp, tooManyStreams } = await import("./app.ts");
  const app = createStatusApp(source);
  const { streams } = source;
  return async (request, response) => {
    request.resume(); // nothing here takes a body
    const { localAddress, remoteAddress } = request.socket;
    const { accept = "", host, "last-event-id": lastId } = request.headers;
    const connection: Connection = { localAddress, remoteAddress, host };
    const { method = "GET" } = request;
    const question = new Request(`http://pod${request.url}`, {
      method: UNSPEAKABLE.includes(method) ? "POST" : method,
      headers: { accept, ...(typeof lastId === "string" ? { "last-event-id": lastId } : {}) },
    });
    let answer = await app.fetch(question, connection);
    const isStream = answer.body !== null && answer.headers.get("content-type") === "text/event-stream";
    if (isStream && streams.open >= STREAMS_MAX) {
      await answer.body?.cancel();
      answer = tooManyStreams();
    } else if (isStream) {
      streams.open += 1;
      response.once("close", () => {
        streams.open -= 1;
      });
    }
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body === null || method === "HEAD") response.end();
    else if (answer.headers.get("content-type") === "text/event-stream") await passOn(answer.body, response);
    else response.end(Buffer.from(await answer.arrayBuffer()));
  };
}

/** Reads on only when the client has taken what was there. */
async function passOn(body: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  const reader = body.getReader();
  response.flushHeaders();
  response.once("close", () => void reader.cancel().catch(() => {}));
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (response.write(part.value)) continue;
    await new Promise<void>((resolve) => response.once("drain", resolve).once("close", resolve));
  }
  response.end();
}

/** For a target that a Request cannot have. */
function refuse(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(400);
  response.end();
}
