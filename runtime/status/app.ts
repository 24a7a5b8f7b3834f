import { Hono } from "hono/tiny";
import type { Report } from "../run/report/report.ts";
import type { MetricsText } from "./metrics.ts";

export interface StatusSource {
  /** The report so far. */
  readonly report: () => Report;
  /** The run's metrics in the scraper's format; absent if the job file does not enable them. @param accept the `Accept` header */
  readonly metrics?: (accept: string) => Promise<MetricsText>;
}

/** The two addresses of a connection's socket. */
export interface Connection {
  readonly localAddress: string | undefined;
  readonly remoteAddress: string | undefined;
}

const METRICS_PATH = "/metrics";
const PATHS = ["/healthz", "/readyz", "/status", "/result"];
const LOOPBACK_ONLY = "only loopback may read this: use kubectl port-forward (needs pods/portforward)\n";

/**
 * Creates the pod's status endpoint. The run's data requires access to the pod's loopback interface; other clients may read only the metrics, if enabled.
 * Pass the connection to `fetch` as second argument.
 */
export function createStatusApp({ report, metrics }: StatusSource): Hono<{ Bindings: Connection }> {
  const app = new Hono<{ Bindings: Connection }>();
  app.use("*", async ({ env, req, text }, next) => {
    const isOpen = metrics !== undefined && req.path === METRICS_PATH && ["GET", "HEAD"].includes(req.method);
    return isOpen || isOverLoopback(env) ? next() : text(LOOPBACK_ONLY, 403);
  });
  // Alive means that the event loop is running; so does ready, because the server starts after the run.
  for (const path of ["/healthz", "/readyz"]) app.get(path, (context) => context.text("ok\n"));
  app.get("/status", () => json(report()));
  app.get("/result", (context) => {
    const { result } = report();
    return result === undefined ? context.text("there is no result yet\n", 404) : json(result);
  });
  if (metrics !== undefined) {
    app.get(METRICS_PATH, async ({ req }) => {
      const { contentType, text } = await metrics(req.header("accept") ?? "");
      return new Response(text, { headers: { "content-type": contentType } });
    });
  }
  const paths = [...PATHS, ...(metrics === undefined ? [] : [METRICS_PATH])].join(" ");
  app.notFound((context) => context.text(`paths: ${paths}\n`, 404));
  return app;
}

/** Not `context.json`, whose types expand a recursive JSON type without end. */
function json(value: unknown): Response {
  return new Response(JSON.stringify(value), {
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

/** The IPv6 form of 127.0.0.1 on a dual-stack socket (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:/;
const LOOPBACK = ["127.0.0.1", "::1"];

/**
 * True if both ends have the address of `localhost`, as with a port-forward. The rest of 127.0.0.0/8 does not count: a service mesh's proxy forwards
 * external requests from addresses such as 127.0.0.6.
 */
export function isOverLoopback({ localAddress, remoteAddress }: Connection): boolean {
  return [localAddress, remoteAddress].every((address) => LOOPBACK.includes(address?.replace(MAPPED, "") ?? ""));
}
