import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { Hono } from "hono";
import type { Cluster } from "../cluster/connect.ts";
import { dashboard } from "../dashboard/app.tsx";
import { serveDashboard } from "../dashboard/server.ts";
import { startDemoCluster } from "../embedded/demo-cluster.ts";
import type { AskHub } from "../hub/serve/hub-source.ts";
import { connect } from "../project/load-config.ts";
import { liveActions } from "../source/actions.ts";
import { liveSource } from "../source/live-source.ts";
import { CommandError } from "../terminal/command-error.ts";
import { untilSignal } from "../terminal/live.ts";
import { style, talk } from "../terminal/talk.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { UI } from "./declared/operating.ts";
import { askHub } from "./from-hub.ts";

type UiFlags = FlagsOf<typeof UI>;

const DEMO_NAMESPACE = "demo";

/** Serves the dashboard until Ctrl-C. */
export async function ui({ allNamespaces = false, port = 0, embedded = false, ...flags }: UiFlags): Promise<void> {
  const { hub = false, hubNamespace } = flags;
  if (allNamespaces && flags.namespace !== undefined) {
    throw new CommandError("-A means every namespace and -n one: use only one of them");
  }
  if (embedded) return await showDemo(port, flags.namespace ?? DEMO_NAMESPACE);
  await using cluster = await connect(flags);
  if (hub || hubNamespace !== undefined) {
    await serveUntilSignal(hubPages(await askHub(cluster, hubNamespace)), port);
    return;
  }
  await show(cluster, allNamespaces ? undefined : cluster.namespace, port);
}

async function showDemo(port: number, namespace: string): Promise<void> {
  await using demo = await startDemoCluster(namespace);
  talk("Embedded Kubernetes API, in memory, with a fortnight of runs. pod-cleanup and inventory really run.");
  await show(demo.connected, namespace, port);
}

async function show(cluster: Cluster, namespace: string | undefined, port: number): Promise<void> {
  const source = liveSource(cluster, namespace);
  await serveUntilSignal(dashboard(source, { actions: liveActions(cluster, source) }), port);
}

async function serveUntilSignal(app: Hono, port: number): Promise<void> {
  await using server = await serveDashboard(app, port);
  process.stdout.write(`${server.url}\n`);
  talk(`Open it in a browser on this machine. ${style.dim("Ctrl-C ends it.")}`);
  await untilSignal((signal) => once(signal, "abort"));
}

/** What is passed on of an answer: the rest is about the connection to the hub. */
const HEADERS = ["content-type", "cache-control", "content-security-policy", "location", "x-content-type-options"];

/** The hub's own pages, each asked over a forwarded port. */
function hubPages(ask: AskHub): Hono {
  const app = new Hono();
  app.all("*", async (c) => {
    if (c.req.method !== "GET" && c.req.method !== "HEAD")
      return c.text("The hub only reads. Act with `errand ui`.\n", 405);
    const { pathname, search } = new URL(c.req.url);
    const response = await ask(`${pathname}${search}`, c.req.header("accept"));
    c.req.raw.signal.addEventListener("abort", () => response.destroy(), { once: true });
    return new Response(bodyOf(response), {
      status: response.statusCode ?? 502,
      headers: HEADERS.flatMap((name): [string, string][] => {
        const value = response.headers[name];
        return typeof value === "string" ? [[name, value]] : [];
      }),
    });
  });
  return app;
}

function bodyOf(response: IncomingMessage): ReadableStream<Uint8Array> | null {
  const isEmpty = response.statusCode === 204 || response.statusCode === 304;
  return isEmpty ? null : (Readable.toWeb(response) as ReadableStream<Uint8Array>);
}
