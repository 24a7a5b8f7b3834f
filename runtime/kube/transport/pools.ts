import type { ClientRequest, RequestOptions } from "node:http";
import type { Duplex } from "node:stream";
import type { ClusterConfig } from "../cluster-config.ts";
import type { KubeRequest } from "../request.ts";
import { type Connector, openConnector } from "./connector.ts";
import { Turns } from "./turns.ts";

/** Calls that end soon, at once: enough for a mass deletion, few enough to be polite. */
const UNARY_CONNECTIONS = 64;
/** How long `close` waits for calls under way, in milliseconds. */
const CLOSE_GRACE_MS = 2_000;

/** Time for a connection, TCP and TLS together, in milliseconds. */
const CONNECT_MS = 10_000;

/** The right to make one request. */
export interface Lease {
  /** @param onReady called before the first byte of the request is written */
  request(options: RequestOptions, onReady: () => void): ClientRequest;
  /** The request has ended; another may be made. */
  release(): void;
}

/** The connections to one API server. */
export interface Pools {
  /** Path of the server's URL without its last slash, such as `/k8s/clusters/c-1`; mostly empty. */
  readonly pathPrefix: string;
  /**
   * Waits until a request may be made. Streams and lists never wait and never keep a call waiting: both may hold their connection for as long as
   * their consumer takes, who may wait for other calls meanwhile.
   */
  lease(request: Pick<KubeRequest, "stream" | "chunked" | "upgrade" | "signal">): Promise<Lease>;
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

/** Makes the pools of a cluster; neither opens a connection nor loads Node's HTTP client before the first request. */
export function createPools(config: ClusterConfig, options: PoolOptions = {}): Pools {
  const timeoutMs = options.connectTimeoutMs ?? CONNECT_MS;
  const turns = new Turns(UNARY_CONNECTIONS);
  const unary = new Set<Promise<void>>();
  const adopted = new Set<Duplex>();
  let current: Promise<Connector> | undefined;
  let retired: Connector[] = [];
  let trusted = config;

  return {
    pathPrefix: new URL(config.server).pathname.replace(/\/+$/, ""),
    async lease({ stream, chunked, upgrade, signal }) {
      const isUnary = !stream && !chunked;
      if (isUnary) await turns.take(signal);
      try {
        current ??= openConnector(trusted, timeoutMs);
        const connector = await current;
        const { promise, resolve } = Promise.withResolvers<void>();
        if (isUnary) unary.add(promise);
        return {
          request: (requestOptions, onReady) =>
            connector.request(requestOptions, { isUpgrade: upgrade !== undefined }, onReady),
          release: () => {
            resolve();
            if (unary.delete(promise)) turns.release();
          },
        };
      } catch (error) {
        current = undefined;
        if (isUnary) turns.release();
        throw error;
      }
    },
    async renewTrust() {
      const ca = await config.readCa?.().catch(() => undefined);
      if (ca === undefined || ca === trusted.ca) return false;
      trusted = { ...config, ca };
      const old = await current;
      current = undefined;
      if (old !== undefined) retired.push(old);
      old?.retire();
      return true;
    },
    adopt(socket) {
      adopted.add(socket);
      socket.once("close", () => adopted.delete(socket));
    },
    async close() {
      for (const socket of adopted) socket.destroy();
      await Promise.race([Promise.all(unary), unrefDelay(CLOSE_GRACE_MS)]);
      for (const connector of retired) connector.destroy();
      retired = [];
      (await current?.catch(() => undefined))?.destroy();
    },
  };
}

function unrefDelay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
