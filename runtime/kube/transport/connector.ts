import type { Agent, ClientRequest, RequestOptions } from "node:http";
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { TCP_KEEP_ALIVE_MS, type TlsOptions, tlsOptions } from "./tls.ts";

/** How long an idle connection is kept, in milliseconds; below the idle times of common load balancers. */
const IDLE_MS = 30_000;

/** Makes requests over connections that all trust the same CA bundle and show the same certificate, and are used again. */
export interface Connector {
  /** True while it has no connection, and makes none. */
  readonly isIdle: boolean;
  /**
   * Begins a request. One that changes the protocol gets a new connection: it is never made twice, and an idle one may be closed by the server just then.
   *
   * @param onReady called when the connection is ready, before the first byte of the request is written
   */
  request(options: RequestOptions, kind: { readonly isUpgrade: boolean }, onReady: () => void): ClientRequest;
  /** Closes the idle connections, and the others when they are done. */
  retire(): void;
  /** Closes all of them. */
  destroy(): void;
}

type SecureContextCheck = Pick<ConnectionOptions, "checkServerIdentity">;
type Callback = (error: Error | null, socket: Duplex) => void;

/**
 * Loads Node's HTTP client and makes a connector. The connections are kept by Node's own agent, which also resumes TLS sessions.
 *
 * @param timeoutMs for TCP and TLS together; a proxy's tunnel has as much before
 * @throws {RangeError} for settings that contradict each other
 */
export async function openConnector(config: ClusterConfig, timeoutMs: number): Promise<Connector> {
  const url = new URL(config.server);
  const isTls = url.protocol !== "http:";
  const { Agent, request } = isTls ? await import("node:https") : await import("node:http");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || (isTls ? 443 : 80));
  // Settings that contradict each other are a mistake also where there is no TLS.
  const wanted = tlsOptions(config);
  const tls = isTls ? { ...(await withContext(wanted)), ...(await identityCheck(config)) } : {};
  const reused = { keepAlive: true, keepAliveMsecs: TCP_KEEP_ALIVE_MS, timeout: IDLE_MS, maxFreeSockets: Infinity };
  const agent: Agent = new Agent({ ...tls, ...reused });
  const upgradeAgent: Agent = new Agent(tls);
  // All connections are alike. Node would call them by all that TLS is told, the CA bundle's text as well, and look that name up several times for each request.
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
    // Between two requests nobody else listens.
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
      // A server over http says nothing before it is asked. TLS within the tunnel does not hand on to it that it is to be probed.
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
        // What Node writes before that, it keeps until then.
        if (connecting.has(socket)) socket.once(readyEvent, onReady);
        // An idle connection that was just closed takes no byte any more: Node's agent may still hand it out.
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

/** What is made of certificates and keys is made once, not for each connection. */
async function withContext({ ca, cert, key, minVersion, ...each }: TlsOptions): Promise<ConnectionOptions> {
  const { createSecureContext } = await import("node:tls");
  const secureContext = createSecureContext({
    minVersion,
    // An authority that is listed is one, whoever signed it, as for kubectl.
    ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  return { ...each, secureContext, ALPNProtocols: ["http/1.1"] };
}

/** Node checks a certificate for the name in SNI, in which no IP address may stand (RFC 6066): for one, it would check the host. */
async function identityCheck({ tlsServerName }: ClusterConfig): Promise<SecureContextCheck> {
  if (tlsServerName === undefined || isIP(tlsServerName) === 0) return {};
  const { checkServerIdentity } = await import("node:tls");
  return { checkServerIdentity: (_host, certificate) => checkServerIdentity(tlsServerName, certificate) };
}

function timeoutError(timeoutMs: number): Error {
  return Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: "CONNECT_TIMEOUT" });
}
