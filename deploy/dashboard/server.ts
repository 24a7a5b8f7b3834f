import { randomBytes, timingSafeEqual } from "node:crypto";
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";

/** A browser that reads slower than this is let go; a page that waits for changes is told something more often. */
const TIMEOUT_MS = 30_000;
/** What pages are read with, and what their forms send. */
const METHODS: readonly string[] = ["GET", "HEAD", "POST"];
const CONNECTIONS_MAX = 64;
const HEADER_BYTES_MAX = 8_192;

/** A server of pages on this machine. */
export interface DashboardServer extends AsyncDisposable {
  /** With the token that lets a browser in once; then a cookie does. */
  readonly url: string;
}

/**
 * Serves pages on loopback, to whoever holds a random token: other users of the machine reach the port, and pages of other sites reach it through the browser.
 *
 * @param app the pages
 * @param port 0: any free one
 */
export async function serveDashboard(app: Hono, port: number): Promise<DashboardServer> {
  const token = randomBytes(24).toString("base64url");
  let address = "";
  const guarded = new Hono();
  guarded.use(async (c, next) => {
    // A name that an attacker's DNS points to this machine is no name of it. https://en.wikipedia.org/wiki/DNS_rebinding
    if (!isOwnHost(c.req.header("host"), address)) return c.text("This server answers to its own address only.\n", 421);
    const origin = c.req.header("origin");
    if (origin !== undefined && !isOwnHost(URL.parse(origin)?.host, address)) return c.text("Another origin.\n", 403);
    if (!METHODS.includes(c.req.method)) return c.text("Only GET, HEAD and POST.\n", 405);
    const given = c.req.query("token");
    // Cookies do not tell ports apart: another dashboard on this machine has one of its own.
    const cookie = `errand-${address.split(":").at(-1)}`;
    if (given !== undefined && isSame(given, token)) {
      setCookie(c, cookie, token, { httpOnly: true, sameSite: "Strict", path: "/" });
      const url = new URL(c.req.url);
      url.searchParams.delete("token");
      return c.redirect(`${url.pathname}${url.search}`);
    }
    const held = getCookie(c, cookie) ?? /^Bearer (.+)$/.exec(c.req.header("authorization") ?? "")?.[1];
    if (held === undefined || !isSame(held, token)) {
      return c.text("Open the address that `errand ui` printed: it has the token that lets you in.\n", 401);
    }
    await next();
  });
  guarded.route("/", app);
  const server = await listen(guarded, port);
  const { address: host, port: bound } = server.address() as AddressInfo;
  address = `${host}:${bound}`;
  return {
    url: `http://${address}/?token=${token}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

function listen(app: Hono, port: number): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({
      fetch: app.fetch,
      port,
      hostname: "127.0.0.1",
      // Its own Request and Response would take the place of everybody's.
      overrideGlobalObjects: false,
      serverOptions: { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS },
    });
    if ("maxConnections" in server) server.maxConnections = CONNECTIONS_MAX;
    server.once("listening", () => resolve(server)).once("error", reject);
  });
}

function isOwnHost(host: string | undefined, address: string): boolean {
  const port = address.split(":").at(-1);
  return host === address || host === `localhost:${port}`;
}

function isSame(given: string, token: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(token)];
  return left.length === right.length && timingSafeEqual(left, right);
}
