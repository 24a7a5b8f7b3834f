import type { Agent, ClientRequest, RequestOptions } from "node:http";
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { TCP_KEEP_ALIVE_MS, type TlsOptions, tlsOptions } from "./tls.ts";

/** Idle timeout of connections, in milliseconds; shorter than those of common load balancers. */
const IDLE_MS = 30_000;

/** Sends requests over pooled connections with the same CA bundle and client certificate. */
export interface Connector {
  /** True while no connection is open or being opened. */
  readonly isIdle: boolean;
  /**
   * Starts a request. An upgrade gets a new connection: it is never retried, and the server might close an idle one at that moment.
   *
   * @param onReady called when connected, before the first byte of the request is written
   */
  request(options: RequestOptions, kind: { readonly isUpgrade: boolean }, onReady: () => void): ClientRequest;
  /** Closes idle connections now and the others when they become idle. */
  retire(): void;
  /** Closes all connections. */
  destroy(): void;
}

type SecureContextCheck = Pick<ConnectionOptions, "checkServerIdentity">;
type Callback = (error: Error | null, socket: Duplex) => void;

/**
 * Loads Node's HTTP client and creates a connector. Node's own agent pools the connections and resumes TLS sessions.
 *
 * @param timeoutMs for TCP and TLS together; opening a proxy tunnel before has the same timeout
 * @throws {RangeError} for contradictory settings
 */
export async function openConnector(config: ClusterConfig, timeoutMs: number): Promise<Connector> {
  const url = new URL(config.server);
  const isTls = url.protocol !== "http:";
  const { Agent, request } = isTls ? await import("node:https") : await import("node:http");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || (isTls ? 443 : 80));
  // Contradictory settings are an error even without TLS.
  const wanted = tlsOptions(config);
  const tls = isTls ? { ...(await withContext(wanted)), ...(await identityCheck(config)) } : {};
  const reused = { keepAlive: true, keepAliveMsecs: TCP_KEEP_ALIVE_MS, timeout: IDLE_MS, maxFreeSockets: Infinity };
  const agent: Agent = new Agent({ ...tls, ...reused });
  const upgradeAgent: Agent = new Agent(tls);
  // All connections are alike. Node's default pool key contains all TLS options, including the CA bundle's text, and is looked up several times per request.
  const name = `${host}:${port}`;
  agent.getName = () => name;
  const dial = agent.createConnection.bind(agent) as (options: object) => Socket;
  const open = new Set<Socket>();
  const connecting = new Set<Socket>();
  const readyEvent = isTls ? "secureConnect" : "connect";
  let tunnels = 0;
  const ending = new AbortController();

  const keep = (socket: Socket): Socket => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // Idle sockets have no other listener.
    socket.on("error", () => {});
    return socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  };

  const connect = (options: object): Socket => {
    const socket = keep(dial(options));
    connecting.add(socket);
    const timer = setTimeout(() => socket.destroy(timeoutError(timeoutMs)), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      connecting.delete(socket);
    };
    socket.once(readyEvent, settle).once("close", settle);
    return socket;
  };

  const connectThrough = async (proxyUrl: string, options: object): Promise<Socket> => {
    tunnels += 1;
    try {
      const { openTunnel } = await import("./proxy-tunnel.ts");
      const socket = await openTunnel(proxyUrl, `${url.hostname}:${port}`, timeoutMs, ending.signal);
      // An http server sends nothing before a request. TLS in the tunnel does not enable keep-alive probes on it.
      if (!isTls) return keep(socket.resume());
      return connect({ ...options, socket: socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS) });
    } finally {
      tunnels -= 1;
    }
  };

  const createConnection: Agent["createConnection"] = (options, callback) => {
    const { proxyUrl } = config;
    if (proxyUrl === undefined) return connect(options);
    const done = callback as Callback;
    connectThrough(proxyUrl, options).then(
      (socket) => done(null, socket),
      (error: Error) => done(error, undefined as unknown as Duplex),
    );
    return undefined;
  };
  agent.createConnection = createConnection;
  upgradeAgent.createConnection = createConnection;

  return {
    get isIdle() {
      return open.size === 0 && tunnels === 0;
    },
    request: (options, { isUpgrade }, onReady) => {
      const made = request({ ...options, agent: isUpgrade ? upgradeAgent : agent, host, port });
      made.once("socket", (socket) => {
        // Node buffers earlier writes.
        if (connecting.has(socket)) socket.once(readyEvent, onReady);
        // Node's agent may hand out an idle connection that was just closed, which takes no more bytes.
        else if (socket.writable) onReady();
      });
      return made;
    },
    retire: () => {
      agent.maxFreeSockets = 0;
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    },
    destroy: () => {
      ending.abort();
      agent.maxFreeSockets = 0;
      for (const socket of open) socket.destroy();
    },
  };
}

/** Parses certificates and keys once instead of per connection. */
async function withContext({ ca, cert, key, minVersion, ...each }: TlsOptions): Promise<ConnectionOptions> {
  const { createSecureContext } = await import("node:tls");
  const secureContext = createSecureContext({
    minVersion,
    // Like kubectl, trust every listed CA, even if it is an intermediate one.
    ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  return { ...each, secureContext, ALPNProtocols: ["http/1.1"] };
}

/** Node verifies a certificate against the SNI name, which must not be an IP address (RFC 6066): for those it would verify the host. */
async function identityCheck({ tlsServerName }: ClusterConfig): Promise<SecureContextCheck> {
  if (tlsServerName === undefined || isIP(tlsServerName) === 0) return {};
  const { checkServerIdentity } = await import("node:tls");
  return { checkServerIdentity: (_host, certificate) => checkServerIdentity(tlsServerName, certificate) };
}

function timeoutError(timeoutMs: number): Error {
  return Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: "CONNECT_TIMEOUT" });
}
