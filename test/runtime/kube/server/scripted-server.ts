import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ClusterConfig, TokenSource } from "../../../../runtime/kube/config/cluster-config.ts";
import { CA, SERVER } from "./certificates.ts";

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  /** The raw request target. */
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Counts from 1 in the order of connections. */
  readonly connection: number;
}

/** How a scripted answer acts: everything HTTP and its socket can do. */
export type Answer = (response: ServerResponse, request: SeenRequest, socket: Socket) => void;

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  /** Connections that were made. */
  readonly connections: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Adds answers for the next requests, in order. */
  answer(...answers: readonly Answer[]): void;
  /** What a request is answered with when the script has ended. */
  otherwise(answer: Answer): void;
  config(more?: Partial<ClusterConfig>): ClusterConfig;
  /** Takes the next requests that ask for another protocol; without it they are answered by the script. */
  onUpgrade(take: (request: IncomingMessage, socket: Duplex) => void): void;
  /** Resolves when this many requests have arrived. */
  arrived(count: number): Promise<void>;
}

export interface ServerOptions {
  /** Certificate and key in PEM. Default: for localhost. */
  readonly identity?: string;
  readonly host?: string;
}

const notScripted: Answer = status(418, "Teapot", "the test scripted no answer for this request");

/** Starts an API server that says what a test tells it to, over TLS on loopback. */
export async function startScriptedServer(options: ServerOptions = {}): Promise<ScriptedServer> {
  const identity = options.identity ?? SERVER;
  const host = options.host ?? "127.0.0.1";
  const script: Answer[] = [];
  const requests: SeenRequest[] = [];
  const numbers = new Map<Socket, number>();
  const waiting: { count: number; resolve: () => void }[] = [];
  let connections = 0;
  let fallback = notScripted;

  const server = createServer({ cert: identity, key: identity, keepAliveTimeout: 60_000 }, (message, response) => {
    const parts: Buffer[] = [];
    message.on("error", () => {});
    message.on("data", (part: Buffer) => parts.push(part));
    message.on("end", () => {
      const seen = {
        method: message.method ?? "",
        target: message.url ?? "",
        headers: message.headers,
        body: Buffer.concat(parts).toString("utf8"),
        connection: numbers.get(message.socket) ?? 0,
      };
      requests.push(seen);
      for (const one of waiting.filter(({ count }) => requests.length >= count)) one.resolve();
      (script.shift() ?? fallback)(response, seen, message.socket);
    });
  });
  server.on("secureConnection", (socket: Socket) => {
    connections += 1;
    numbers.set(socket, connections);
    socket.on("error", () => {});
    socket.on("close", () => numbers.delete(socket));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const port = (server.address() as AddressInfo).port;

  return {
    port,
    requests,
    get connections() {
      return connections;
    },
    get open() {
      return numbers.size;
    },
    answer: (...answers) => void script.push(...answers),
    otherwise: (answer) => {
      fallback = answer;
    },
    config: (more = {}) => ({
      server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      ca: CA,
      token: fixedToken("test-token"),
      namespace: "shop",
      ...more,
    }),
    onUpgrade: (take) => void server.on("upgrade", take),
    arrived: (count) =>
      requests.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      for (const socket of numbers.keys()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A token that never changes. */
export function fixedToken(token: string): TokenSource {
  return { get: async () => token };
}

/** Answers with JSON. */
export function json(
  code: number,
  document: unknown,
  headers: Readonly<Record<string, string | string[]>> = {},
): Answer {
  return text(code, JSON.stringify(document), { "content-type": "application/json", ...headers });
}

/** Answers with any text. */
export function text(code: number, body: string, headers: Readonly<Record<string, string | string[]>> = {}): Answer {
  return (response) => {
    response.writeHead(code, { "content-type": "text/plain", ...headers });
    response.end(body);
  };
}

/** Answers with a Status as the API server writes it. */
export function status(
  code: number,
  reason: string,
  message: string,
  more: { readonly details?: object; readonly headers?: Readonly<Record<string, string>> } = {},
): Answer {
  const document = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
  return json(code, { ...document, ...(more.details ? { details: more.details } : {}) }, more.headers);
}

/** Reads the request and cuts the connection. */
export const reset: Answer = (_response, _request, socket) => {
  socket.destroy();
};

/** Takes the request and never answers. */
export const silence: Answer = () => {};
