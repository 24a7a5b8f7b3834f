import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Maximum size of a proxy's answer to CONNECT, in bytes. */
const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * Opens a tunnel through a proxy. TLS to the API server runs inside it, so the proxy sees neither token nor request.
 * https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 *
 * @param target `host:port` of the API server
 * @param signal aborts opening the tunnel
 * @throws {Error} with a `code`, without the proxy's credentials
 */
export async function openTunnel(
  proxyUrl: string,
  target: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const proxy = new URL(proxyUrl);
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:") {
    throw proxyError(
      proxy,
      `proxies of type ${proxy.protocol.replace(":", "")} are not supported: use an http or https one`,
    );
  }
  signal.throwIfAborted();
  // The tunnel's user listens only to the stream inside it.
  const socket = dial(proxy).on("error", () => {});
  const end = (problem: string, code: string) => socket.destroy(proxyError(proxy, problem, code));
  const timer = setTimeout(end, timeoutMs, `no answer within ${timeoutMs} ms`, "ETIMEDOUT");
  const abort = () => void end("given up", "ECONNABORTED");
  signal.addEventListener("abort", abort, { once: true });
  try {
    await established(socket, proxy.protocol === "https:" ? "secureConnect" : "connect").catch((error: unknown) => {
      throw ofProxy(proxy, error);
    });
    socket.write(connectRequest(proxy, target));
    const status = statusOf(await answer(socket));
    if (status !== 200)
      throw proxyError(proxy, status === undefined ? "its answer is not HTTP" : `it answered CONNECT with ${status}`);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

function dial(proxy: URL): Socket {
  const host = proxy.hostname.replace(/^\[|\]$/g, "");
  if (proxy.protocol === "http:") return connectTcp({ host, port: Number(proxy.port || 80) });
  // An IP address must not be sent as SNI (RFC 6066), but the certificate is still verified against it.
  return connectTls({ host, port: Number(proxy.port || 443), ...(isIP(host) === 0 ? { servername: host } : {}) });
}

function connectRequest(proxy: URL, target: string): string {
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization =
    proxy.username === "" ? "" : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString("base64")}\r\n`;
  return `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`;
}

function established(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once(event, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}

/** Reads up to the empty line; the rest belongs to the tunnel. */
function answer(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let held = Buffer.alloc(0);
    const done = (error: Error | undefined, text = ""): void => {
      socket.off("data", onData).off("error", done).off("close", onClose);
      if (error === undefined) resolve(text);
      else reject(error);
    };
    const onClose = () => done(Object.assign(new Error("the proxy closed the connection"), { code: "ECONNRESET" }));
    const onData = (chunk: Buffer): void => {
      held = Buffer.concat([held, chunk]);
      const end = held.indexOf("\r\n\r\n");
      if (end < 0 && held.length < MAX_ANSWER_BYTES) return;
      socket.pause();
      if (end >= 0 && held.length > end + 4) socket.unshift(held.subarray(end + 4));
      done(undefined, held.toString("latin1", 0, Math.max(end, 0)));
    };
    socket.on("data", onData).on("error", done).on("close", onClose);
  });
}

function statusOf(text: string): number | undefined {
  const match = /^HTTP\/1\.[01] (\d{3})/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** Errors of connecting to the proxy must not look like the API server's. */
function ofProxy(proxy: URL, error: unknown): unknown {
  if (!(error instanceof Error) || error.message.startsWith("the proxy ")) return error;
  return proxyError(proxy, error.message, (error as NodeJS.ErrnoException).code);
}

/** The message has no credentials. */
function proxyError(proxy: URL, problem: string, code = "PROXY_REFUSED"): Error {
  return Object.assign(new Error(`the proxy ${proxy.protocol}//${proxy.host}: ${problem}`), { code });
}
