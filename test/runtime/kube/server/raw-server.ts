import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { ClusterConfig } from "../../../../runtime/kube/config/cluster-config.ts";
import { CA, SERVER } from "./certificates.ts";

/** One connection as the server sees it. */
export interface RawConnection {
  /** The stream of bytes, inside TLS if used. */
  readonly socket: Socket;
  /** Cuts its TCP connection, with a RST. */
  reset(): void;
  /** The common name in its client's certificate; empty without one. */
  readonly client: string;
  /** All that came so far. */
  readonly heard: string;
}

/** Called with each part that comes. @param requests heads of requests that have come on this connection so far */
export type Listener = (connection: RawConnection, requests: number) => void;

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** Those whose handshake is done, in their order. */
  readonly connections: readonly RawConnection[];
  /** TCP connections that are open now, whether they speak TLS yet or not. */
  readonly open: number;
  /** TCP connections that were made. */
  readonly dialled: number;
  config(more?: Partial<ClusterConfig>): ClusterConfig;
  /** Presents another certificate from now on: certificate and key in PEM. */
  present(identity: string): void;
  /** Resolves when all TCP connections have been closed by their client. */
  idle(): Promise<void>;
  /** Resolves when a condition on its connections is met. */
  until(isMet: () => boolean): Promise<void>;
  /** Resolves after this many TCP connections. */
  reached(count: number): Promise<void>;
}

export interface RawOptions {
  /** `mute` accepts the connection and never answers the handshake. Default: `tls`. */
  readonly speaks?: "tls" | "http" | "mute";
  readonly host?: string;
  /** Certificate and key in PEM. */
  readonly identity?: string;
  /** Of the options of Node's TLS server. */
  readonly tls?: object;
}

/** Starts a server that says its bytes itself, so that it can say what no HTTP server would. */
export async function startRawServer(listener: Listener, options: RawOptions = {}): Promise<RawServer> {
  const { speaks = "tls", host = "127.0.0.1", identity = SERVER } = options;
  const connections: RawConnection[] = [];
  const sockets = new Set<Socket>();
  const waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];
  let dialled = 0;
  const check = (): void => {
    for (const { isMet, resolve } of waiting) if (isMet()) resolve();
  };
  const until = (isMet: () => boolean): Promise<void> =>
    isMet() ? Promise.resolve() : new Promise((resolve) => waiting.push({ isMet, resolve }));
  const speak = (socket: Socket): void => {
    const { remotePort } = socket;
    const reset = (): void => {
      for (const one of sockets) if (one.remotePort === remotePort) one.resetAndDestroy();
    };
    const connection = { socket, heard: "", client: clientOf(socket), reset };
    connections.push(connection);
    socket.on("error", () => {});
    socket.on("close", check);
    socket.on("data", (part: Buffer) => {
      connection.heard += part.toString("latin1");
      listener(connection, connection.heard.split(" HTTP/1.1\r\n").length - 1);
    });
  };
  const server: Server =
    speaks === "tls"
      ? createTlsServer({ cert: identity, key: identity, ...options.tls }, speak)
      : createTcpServer(speaks === "http" ? speak : () => {});
  server.on("tlsClientError", () => {});
  server.on("connection", (socket: Socket | TLSSocket) => {
    dialled += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      check();
    });
    if (speaks === "mute") socket.resume();
    check();
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const scheme = speaks === "http" ? "http" : "https";
  return {
    port,
    connections,
    get open() {
      return sockets.size;
    },
    get dialled() {
      return dialled;
    },
    config: (more = {}) => ({
      server: `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`,
      ...(speaks === "http" ? {} : { ca: CA }),
      namespace: "shop",
      ...more,
    }),
    present: (other) => {
      if ("setSecureContext" in server) (server as TlsServer).setSecureContext({ cert: other, key: other });
    },
    until,
    idle: () => until(() => sockets.size === 0),
    reached: (count) => until(() => dialled >= count),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      for (const { socket } of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Asked at once: Node forgets it when the connection ends. */
function clientOf(socket: Socket): string {
  const certificate = "getPeerCertificate" in socket ? (socket as TLSSocket).getPeerCertificate() : undefined;
  return String(certificate?.subject?.CN ?? "");
}

/** An answer in bytes. */
export function answerOf(status: string, body: string, headers: readonly string[] = []): string {
  const all = ["content-type: application/json", `content-length: ${Buffer.byteLength(body)}`, ...headers];
  return `HTTP/1.1 ${status}\r\n${all.join("\r\n")}\r\n\r\n${body}`;
}
