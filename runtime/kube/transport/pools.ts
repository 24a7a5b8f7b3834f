import type { ClientRequest, RequestOptions } from "node:http";
import type { Duplex } from "node:stream";
import type { ClusterConfig } from "../config/cluster-config.ts";
import type { KubeRequest } from "../requests/request.ts";
import { Connectors } from "./connectors.ts";

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
  /** Counts how often the cluster's CA bundle has changed. */
  readonly trust: number;
  /**
   * Waits until a request may be made. Streams and lists never wait and never keep a call waiting: both may hold their connection for as long as
   * their consumer takes, who may wait for other calls meanwhile.
   *
   * @throws {Error} CLIENT_CLOSED after `close`
   */
  lease(request: Pick<KubeRequest, "stream" | "chunked" | "upgrade" | "signal" | "certificate">): Promise<Lease>;
  /**
   * Reads the cluster's CA bundle again. New connections trust the new one; the others end when they are done.
   *
   * @param since the `trust` of who was refused
   * @returns true where they have changed since
   */
  renewTrust(since: number): Promise<boolean>;
  /** Takes a connection that changed its protocol, and is no longer one of the pool's, to end it with the others. */
  adopt(socket: Duplex): void;
  /** Ends streams, and calls that are not answered soon; those that wait for their turn are made, where there is the time. Nothing new is begun. */
  close(): Promise<void>;
}

interface PoolOptions {
  /** TCP and TLS together, in milliseconds. Default: 10 s. */
  readonly connectTimeoutMs?: number;
  /** How long `close` waits for calls under way, in milliseconds. Default: 2 s. */
  readonly closeGraceMs?: number;
}

/**
 * Makes the pools of a cluster; neither opens a connection nor loads Node's HTTP client before the first request.
 * @throws {RangeError} for a server that is not a URL
 */
export function createPools(config: ClusterConfig, options: PoolOptions = {}): Pools {
  const connectors = new Connectors(config, options.connectTimeoutMs ?? CONNECT_MS);
  const semaphore = new Semaphore(UNARY_CONNECTIONS);
  const underWay = new Set<Promise<void>>();
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
      const { release, acquire } = stream || chunked ? UNBOUNDED : permitOf(semaphore, underWay);
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
      await atMost(options.closeGraceMs ?? CLOSE_GRACE_MS, Promise.all(underWay));
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
  /** Does so once. */
  release(): void;
}

const UNBOUNDED: Permit = { acquire: async () => {}, release: () => {} };

/** The permit of one call, which counts as under way from the moment when it asks. */
function permitOf(semaphore: Semaphore, underWay: Set<Promise<void>>): Permit {
  const { promise, resolve } = Promise.withResolvers<void>();
  underWay.add(promise);
  const end = (): boolean => {
    resolve();
    return underWay.delete(promise);
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

/** Lets so many go on at once; the others wait in the order in which they came. */
class Semaphore {
  readonly #max: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Waits for a permit; whoever has one gives it back with `release`.
   * @throws the signal's reason, where it is aborted first
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

  /** Gives a permit back: to whoever has waited longest. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
