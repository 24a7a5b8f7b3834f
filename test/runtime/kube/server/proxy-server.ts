import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

export interface ProxyServer extends AsyncDisposable {
  readonly port: number;
  /** What it was asked, each with its headers. */
  readonly asked: readonly string[];
  /** Connections to it that are open now. */
  readonly open: number;
  /** Resolves when it has been asked so often. */
  reached(count: number): Promise<void>;
  /** Resolves when all its clients have closed their connections. */
  idle(): Promise<void>;
}

export interface ProxyOptions {
  /** In these pieces; none for a proxy that says nothing. Default: a 200. */
  readonly answer?: readonly string[];
  /** Certificate and key in PEM of a proxy that is spoken to in TLS. */
  readonly identity?: string;
  /** Closes the connection after its answer. */
  readonly thenEnds?: boolean;
  /** Called with a tunnel that was opened, before anything goes through it. */
  readonly onTunnel?: (client: Socket, upstream: Socket) => void;
}

/** Starts a proxy that tunnels where its answer says so. */
export async function startProxy(options: ProxyOptions = {}): Promise<ProxyServer> {
  const { answer = ["HTTP/1.1 200 OK\r\n\r\n"], onTunnel } = options;
  const asked: string[] = [];
  const clients = new Set<Socket>();
  const upstreams = new Set<Socket>();
  const waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];
  const check = (): void => {
    for (const { isMet, resolve } of waiting) if (isMet()) resolve();
  };
  const until = (isMet: () => boolean): Promise<void> =>
    isMet() ? Promise.resolve() : new Promise((resolve) => waiting.push({ isMet, resolve }));
  const tunnel = (socket: Socket, head: string): void => {
    const [, host = "", port] = /^CONNECT \[?([^\]\s]+?)\]?:(\d+) /.exec(head) ?? [];
    const upstream = connect({ host, port: Number(port) });
    upstreams.add(upstream);
    upstream.on("error", () => {});
    onTunnel?.(socket, upstream);
    socket.pipe(upstream).pipe(socket);
  };
  const take = (socket: Socket): void => {
    clients.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      clients.delete(socket);
      check();
    });
    socket.once("data", async (head) => {
      asked.push(head.toString());
      check();
      for (const piece of answer) {
        socket.write(piece);
        await new Promise(setImmediate);
      }
      if (options.thenEnds) socket.end();
      else if (answer.join("").includes(" 200 ")) tunnel(socket, head.toString());
    });
  };
  const { identity } = options;
  const server = identity === undefined ? createServer(take) : createTlsServer({ cert: identity, key: identity }, take);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    get open() {
      return clients.size;
    },
    reached: (count) => until(() => asked.length >= count),
    idle: () => until(() => clients.size === 0),
    async [Symbol.asyncDispose]() {
      for (const socket of [...clients, ...upstreams]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
