import { type ServerType, serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { dashboard } from "../../dashboard/app.tsx";
import { LogGone, type LogOptions, type RunFilter, type RunOrJob, type RunSource } from "../../source/run-source.ts";
import { CommandError } from "../../terminal/command-error.ts";
import { ACTION_HEADER, NOTE_HEADER, RESEND_PATH } from "./hub-options.ts";

/** Who reads slower than this is let go, in milliseconds. */
const TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 64;
/** A filter stands in the URL. */
const HEADER_BYTES_MAX = 65_536;

/**
 * What the hub answers: its pages, which only read, and the same source of runs for the command line, below `/api`. It answers on loopback only, so that
 * `pods/portforward` decides who reads it.
 *
 * @param pages further routes, before those of the dashboard
 */
export function hubApp(
  sourceOf: (namespace: string | undefined) => RunSource,
  health: () => object | undefined,
  pages: Hono = new Hono(),
): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    // A name that an attacker's DNS points here is no name of it. https://en.wikipedia.org/wiki/DNS_rebinding
    if (!isLoopback(c.req.header("host"))) return c.text("The hub answers to loopback only.\n", 421);
    const isResend = c.req.method === "POST" && c.req.path === RESEND_PATH && c.req.header(ACTION_HEADER) !== undefined;
    if (c.req.method !== "GET" && c.req.method !== "HEAD" && !isResend)
      return c.text("The hub only reads. Act with `errand ui`.\n", 405);
    await next();
  });
  app.get("/healthz", (c) => {
    const state = health();
    return state === undefined ? c.text("not yet\n", 503) : c.json(state);
  });
  app.route("/", pages);
  app.route("/api", sourceApi(sourceOf));
  app.route("/", dashboard(sourceOf(undefined)));
  return app;
}

function isLoopback(host: string | undefined): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/.test(host ?? "");
}

/** The source's methods, one a path; what they are given stands in the query as JSON, beside the namespace that they are narrowed to. */
function sourceApi(sourceOf: (namespace: string | undefined) => RunSource): Hono {
  const api = new Hono();
  const given = <T>(c: Context, name: string): T => JSON.parse(c.req.query(name) ?? "{}") as T;
  const source = (c: Context) => sourceOf(c.req.query("namespace"));
  api.onError((error, c) => {
    if (!(error instanceof CommandError)) {
      return c.json({ message: error instanceof Error ? error.message : String(error) }, 500);
    }
    const { message, hint } = error;
    const kind = error instanceof LogGone ? "LogGone" : "Usage";
    return c.json({ kind, message, ...(hint === undefined ? {} : { hint }) }, 422);
  });
  api.get("/jobs", async (c) => c.json(await source(c).jobs(given(c, "filter"))));
  api.get("/job", async (c) => c.json((await source(c).job(given(c, "which"))) ?? null));
  api.get("/runs", async (c) => c.json(await source(c).runs(filterOf(given(c, "filter")))));
  api.get("/run", async (c) => c.json((await source(c).run(given(c, "which"))) ?? null));
  api.get("/log", async (c) => {
    const log = await source(c).log(given<RunOrJob>(c, "which"), given<LogOptions>(c, "options"));
    if (log === undefined) return c.body(null, 204);
    const lines: string[] = [];
    for await (const line of log.lines) lines.push(`${line}\n`);
    if (log.note !== undefined) c.header(NOTE_HEADER, encodeURIComponent(log.note));
    return c.text(lines.join(""));
  });
  api.get("/unknown", async (c) => {
    throw await source(c).unknown(c.req.query("place") ?? "", c.req.query("name") ?? "");
  });
  return api;
}

function filterOf({ since, ...filter }: Omit<RunFilter, "since"> & { readonly since?: string }): RunFilter {
  return { ...filter, ...(since === undefined ? {} : { since: new Date(since) }) };
}

/** Serves an app, on loopback unless it is told another address. @param port 0: any free one */
export function listen(app: Hono, port: number, hostname = "127.0.0.1"): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({
      fetch: app.fetch,
      port,
      hostname,
      // Its own Request and Response would take the place of everybody's.
      overrideGlobalObjects: false,
      serverOptions: { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS },
    });
    if ("maxConnections" in server) server.maxConnections = CONNECTIONS_MAX;
    server.once("listening", () => resolve(server)).once("error", reject);
  });
}
