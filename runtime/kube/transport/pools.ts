import type { ClientRequest, RequestOptions } from "node:http";
import type { Duplex } from "node:stream";
import type { ClusterConfig } from "../config/cluster-config.ts";
import type { KubeRequest } from "../requests/request.ts";
import { Connectors } from "./connectors.ts";

/** Maximum concurrent short calls: enough for a mass deletion without overloading the server. */
const UNARY_CONNECTIONS = 64;
/** How long `close` waits for calls in flight, in milliseconds. */
const CLOSE_GRACE_MS = 2_000;

/** For TCP and TLS together, in milliseconds. */
const CONNECT_MS = 10_000;

/** The permit for one request. */
export interface Lease {
  /** @param onReady called before the first byte of the request is written */
  request(options: RequestOptions, onReady: () => void): ClientRequest;
  /** Returns the permit. */
  release(): void;
}

export interface Pools {
  /** Path of the server's URL without a trailing slash, such as `/k8s/clusters/c-1`; usually empty. */
  readonly pathPrefix: string;
  /** Number of times the cluster's CA bundle has changed. */
  readonly trust: number;
  /**
   * Waits for a permit. Streams and lists need none: they may hold their connection for as long as their consumer takes, which may itself wait for
   * other calls (a deadlock otherwise).
   *
   * @throws {Error} CLIENT_CLOSED after `close`
   */
  lease(request: Pick<KubeRequest, "stream" | "chunked" | "upgrade" | "signal" | "certificate">): Promise<Lease>;
  /**
   * Re-reads the cluster's CA bundle. New connections trust the new one; existing ones close when they become idle.
   *
   * @param since the value of `trust` when the failed request started
   * @returns true if the CA bundle has changed since
   */
  renewTrust(since: number): Promise<boolean>;
  /** Registers an upgraded connection, which has left the pool, so that `close` ends it too. */
  adopt(socket: Duplex): void;
  /** Ends streams, and calls in flight after a grace period, in which queued calls are still sent. New calls are refused. */
  close(): Promise<void>;
}

interface PoolOptions {
  /** TCP and TLS together, in milliseconds. Default: 10 s. */
  readonly connectTimeoutMs?: number;
  /** How long `close` waits for calls in flight, in milliseconds. Default: 2 s. */
  readonly closeGraceMs?: number;
}

/**
 * Creates the pools. Connects and loads Node's HTTP client on the first request.
 * @throws {RangeError} for an invalid server URL
 */
export function createPools(config: ClusterConfig, options: PoolOptions = {}): Pools {
  const connectors = new Connectors(config, options.connectTimeoutMs ?? CONNECT_MS);
  const semaphore = new Semaphore(UNARY_CONNECTIONS);
  const inFlight = new Set<Promise<void>>();
  const adopted = new Set<Duplex>();
  let state: "open" | "closing" | "closed" = "open";

  const refuseClosed = (): void => {
    if (state === "closed") throw closedError();
  };

  return {
    pathPrefix: pathPrefixOf(config.server),
    get trust() {
      return connectors.trust;
    },
    async lease({ stream, chunked, upgrade, signal, certificate }) {
      if (state !== "open") throw closedError();
      const { release, acquire } = stream || chunked ? UNBOUNDED : permitOf(semaphore, inFlight);
      await acquire(signal);
      try {
        refuseClosed();
        const connector = await connectors.get(certificate);
        return {
          request: (requestOptions, onReady) => {
            refuseClosed();
            return connector.request(requestOptions, { isUpgrade: upgrade !== undefined }, onReady);
          },
          release,
        };
      } catch (error) {
        release();
        throw error;
      }
    },
    renewTrust: (since) => connectors.renewTrust(since),
    adopt(socket) {
      if (state !== "open") socket.destroy();
      adopted.add(socket);
      socket.once("close", () => adopted.delete(socket));
    },
    async close() {
      if (state === "open") state = "closing";
      for (const socket of adopted) socket.destroy();
      await atMost(options.closeGraceMs ?? CLOSE_GRACE_MS, Promise.all(inFlight));
      state = "closed";
      await connectors.destroy();
    },
  };
}

function pathPrefixOf(server: string): string {
  const url = URL.parse(server);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RangeError(
      `server: ${JSON.stringify(server)} is not the URL of an API server; expected one such as https://10.0.0.1:6443`,
    );
  }
  return url.pathname.replace(/\/+$/, "");
}

interface Permit {
  acquire(signal: AbortSignal | undefined): Promise<void>;
  /** Idempotent. */
  release(): void;
}

const UNBOUNDED: Permit = { acquire: async () => {}, release: () => {} };

/** The permit of one call, which counts as in flight as soon as it asks. */
function permitOf(semaphore: Semaphore, inFlight: Set<Promise<void>>): Permit {
  const { promise, resolve } = Promise.withResolvers<void>();
  inFlight.add(promise);
  const end = (): boolean => {
    resolve();
    return inFlight.delete(promise);
  };
  return {
    acquire: (signal) =>
      semaphore.acquire(signal).catch((error: unknown) => {
        end();
        throw error;
      }),
    release: () => {
      if (end()) semaphore.release();
    },
  };
}

async function atMost(milliseconds: number, done: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds).unref();
  await Promise.race([done, promise]);
  clearTimeout(timer);
}

function closedError(): Error {
  return Object.assign(new Error("the client is closed"), { code: "CLIENT_CLOSED" });
}

/** A counting semaphore with a FIFO queue. */
class Semaphore {
  readonly #max: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Waits for a permit; return it with `release`.
   * @throws the signal's reason if it aborts first
   */
  async acquire(signal: AbortSignal | undefined): Promise<void> {
    if (this.#taken < this.#max) {
      this.#taken += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((entry) => entry !== enter);
        reject(signal?.reason);
      };
      const enter = (): void => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      this.#waiting.push(enter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  /** Passes the permit to the longest waiting caller, if any. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
