import { Hono } from "hono/tiny";
import type { Report } from "../run/report/report.ts";
import type { MetricsText } from "./metrics.ts";

/** What the endpoint tells about. */
export interface StatusSource {
  /** The report so far. */
  readonly report: () => Report;
  /** The run in numbers, in the format that a scraper asks for; absent where the job file opens nothing. @param accept its `Accept` header */
  readonly metrics?: (accept: string) => Promise<MetricsText>;
}

/** Both ends of a connection, as its socket says them. */
export interface Connection {
  readonly localAddress: string | undefined;
  readonly remoteAddress: string | undefined;
}

const METRICS_PATH = "/metrics";
const PATHS = ["/healthz", "/readyz", "/status", "/result"];
const LOOPBACK_ONLY = "only loopback may read this: use kubectl port-forward (needs pods/portforward)\n";

/**
 * Makes the pod's status endpoint. What a run says of itself is for those who may reach the pod's loopback; strangers may read the metrics where there are any.
 * Its `fetch` takes the connection as its second argument.
 */
export function createStatusApp({ report, metrics }: StatusSource): Hono<{ Bindings: Connection }> {
  const app = new Hono<{ Bindings: Connection }>();
  app.use("*", async ({ env, req, text }, next) => {
    const isOpen = metrics !== undefined && req.path === METRICS_PATH && ["GET", "HEAD"].includes(req.method);
    return isOpen || isOverLoopback(env) ? next() : text(LOOPBACK_ONLY, 403);
  });
  // Alive means that the event loop turns; ready means the same here, since the server starts when the run has begun.
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

/** Not `context.json`, whose types expand a JSON type without end. */
function json(value: unknown): Response {
  return new Response(JSON.stringify(value), {
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

/** 127.0.0.1 as IPv6 writes it, where one socket listens for both families (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:/;
const LOOPBACK = ["127.0.0.1", "::1"];

/**
 * True where both ends are this very pod's loopback, each by the address that the kernel gives to what asks `localhost`, as a port-forward does. The rest of 127.0.0.0/8 is not:
 * a mesh's proxy hands on what strangers ask it from addresses such as 127.0.0.6.
 */
export function isOverLoopback({ localAddress, remoteAddress }: Connection): boolean {
  return [localAddress, remoteAddress].every((address) => LOOPBACK.includes(address?.replace(MAPPED, "") ?? ""));
}
