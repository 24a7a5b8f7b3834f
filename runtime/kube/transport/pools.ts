import type { Duplex } from "node:stream";
import type { Client, Dispatcher } from "undici";
import type { ClusterConfig } from "../cluster-config.ts";
import type { KubeRequest } from "../request.ts";
import { tlsOptions } from "./tls.ts";

/** Connections for calls that end soon: enough for a mass deletion, few enough to be polite. */
const UNARY_CONNECTIONS = 64;
/** How long an idle connection is kept, in milliseconds; below the idle times of common load balancers. */
const KEEP_ALIVE_MS = 30_000;
/** How long `close` waits for calls under way, in milliseconds. */
const CLOSE_GRACE_MS = 2_000;

/** Time for a connection, TCP and TLS together, in milliseconds. */
const CONNECT_MS = 10_000;

/** A connection that is lent to one request. */
export interface Lease {
  readonly dispatcher: Dispatcher;
  /** The request has ended; the connection may serve another. */
  release(): void;
}

/** The connections to one API server. Streams have their own, so that open watches never keep a call waiting. */
export interface Pools {
  readonly origin: string;
  /** Path of the server's URL without its last slash, such as `/k8s/clusters/c-1`; mostly empty. */
  readonly pathPrefix: string;
  lease(request: Pick<KubeRequest, "stream" | "chunked">): Promise<Lease>;
  /**
   * Reads the cluster's authorities again. Connections made from now on trust the new ones; the others end when they are done.
   * @returns true where they have changed
   */
  renewTrust(): Promise<boolean>;
  /** Takes a connection that changed its protocol, and is no longer one of the pool's, to end it with the others. */
  adopt(socket: Duplex): void;
  close(): Promise<void>;
}

export interface PoolOptions {
  /** TCP and TLS together, in milliseconds. Default: 10 s. */
  readonly connectTimeoutMs?: number;
}

interface Slot {
  readonly client: Client;
  /** Requests that it carries, by how long they may hold it. */
  load: number;
}

/** A list may hold its connection for as long as its consumer takes, who may wait for other calls meanwhile: none of them may wait behind it. */
const HELD = 1_000;

/**
 * Makes the pools of a cluster; neither opens a connection nor loads undici before the first request.
 * They are not undici's Pool, because that opens a second connection for requests that follow one another at once.
 */
export function createPools(config: ClusterConfig, options: PoolOptions = {}): Pools {
  const url = new URL(config.server);
  const unary: Slot[] = [];
  const streams: Slot[] = [];
  const adopted = new Set<Duplex>();
  let factory: Promise<() => Client> | undefined;
  let trusted = config;

  return {
    origin: url.origin,
    pathPrefix: url.pathname.replace(/\/+$/, ""),
    async lease(request) {
      factory ??= clientFactory(url.origin, trusted, options);
      const create = await factory;
      const slot = request.stream ? leastBusy(streams, Infinity, create) : leastBusy(unary, UNARY_CONNECTIONS, create);
      const load = request.chunked ? HELD : 1;
      slot.load += load;
      return {
        dispatcher: slot.client,
        release: () => {
          slot.load -= load;
        },
      };
    },
    async renewTrust() {
      const ca = await config.readCa?.().catch(() => undefined);
      if (ca === undefined || ca === trusted.ca) return false;
      trusted = { ...config, ca };
      factory = undefined;
      for (const { client } of [...unary.splice(0), ...streams.splice(0)]) void client.close().catch(() => {});
      return true;
    },
    adopt(socket) {
      adopted.add(socket);
      socket.once("close", () => adopted.delete(socket));
    },
    async close() {
      for (const socket of adopted) socket.destroy();
      const clients = [...unary, ...streams].map(({ client }) => client);
      await Promise.race([Promise.all(unary.map(({ client }) => client.close())), unrefDelay(CLOSE_GRACE_MS)]);
      await Promise.all(clients.map((client) => client.destroy()));
    },
  };
}

/** An idle connection, else a new one, else the one with the shortest queue. */
function leastBusy(slots: Slot[], max: number, create: () => Client): Slot {
  let best: Slot | undefined;
  for (const slot of slots) {
    if (slot.load === 0) return slot;
    if (best === undefined || slot.load < best.load) best = slot;
  }
  if (best !== undefined && slots.length >= max && best.load < HELD) return best;
  const slot = { client: create(), load: 0 };
  slots.push(slot);
  return slot;
}

async function clientFactory(origin: string, config: ClusterConfig, options: PoolOptions): Promise<() => Client> {
  const [{ default: Client }, { default: buildConnector }] = await Promise.all([
    import("undici/lib/dispatcher/client.js"),
    import("undici/lib/core/connect.js"),
  ]);
  const timeout = options.connectTimeoutMs ?? CONNECT_MS;
  const direct = buildConnector({ ...tlsOptions(config), allowH2: false, timeout });
  const connect = config.proxyUrl === undefined ? direct : throughProxy(direct, config.proxyUrl, timeout);
  return () => new Client(origin, { pipelining: 1, allowH2: false, keepAliveTimeout: KEEP_ALIVE_MS, connect });
}

type Connector = ReturnType<typeof import("undici").buildConnector>;

/** Makes connections inside of tunnels. */
function throughProxy(direct: Connector, proxyUrl: string, timeoutMs: number): Connector {
  return (options, callback) => {
    void import("./proxy-tunnel.ts")
      .then(({ openTunnel }) => openTunnel(proxyUrl, `${options.hostname}:${options.port || 443}`, timeoutMs))
      .then((httpSocket) => direct({ ...options, httpSocket }, callback))
      .catch((error: Error) => callback(error, null));
  };
}

function unrefDelay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
