import { Hono } from "hono/tiny";
import type { Report } from "../run/report.ts";
import { isLoopback } from "./loopback.ts";

/** What the endpoint tells about. */
export interface StatusSource {
  /** The report so far. */
  readonly report: () => Report;
}

/** What the server knows of a connection. */
export interface Connection {
  readonly remoteAddress: string | undefined;
}

const LOOPBACK_ONLY =
  "only loopback may read this: use kubectl port-forward, so that Kubernetes decides who may (pods/portforward)\n";

/**
 * Makes the pod's status endpoint. The probes' paths are open; what a run says of itself is for those who may reach the pod's loopback.
 * Its `fetch` takes the connection as its second argument.
 */
export function createStatusApp(source: StatusSource): Hono<{ Bindings: Connection }> {
  const app = new Hono<{ Bindings: Connection }>();
  // Alive means that the event loop turns; ready means the same here, since the server starts when the run has begun.
  for (const path of ["/healthz", "/readyz"]) app.get(path, (context) => context.text("ok\n"));
  for (const path of ["/status", "/result"]) {
    app.use(path, async (context, next) => {
      if (isLoopback(context.env.remoteAddress)) return next();
      return context.text(LOOPBACK_ONLY, 403);
    });
  }
  app.get("/status", () => json(source.report()));
  app.get("/result", (context) => {
    const { result } = source.report();
    return result === undefined ? context.text("there is no result yet\n", 404) : json(result);
  });
  app.notFound((context) => context.text("paths: /healthz /readyz /status /result\n", 404));
  return app;
}

/** Not `context.json`, whose types expand a JSON type without end. */
function json(value: unknown): Response {
  return new Response(JSON.stringify(value), {
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}
