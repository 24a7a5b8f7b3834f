import { once } from "node:events";
import type { Cluster } from "../cluster/connect.ts";
import { dashboard } from "../dashboard/app.tsx";
import { serveDashboard } from "../dashboard/server.ts";
import { startDemoCluster } from "../embedded/demo-cluster.ts";
import { connect } from "../project/load-config.ts";
import { liveActions } from "../source/actions.ts";
import { liveSource } from "../source/live-source.ts";
import { CommandError } from "../terminal/command-error.ts";
import { untilSignal } from "../terminal/live.ts";
import { style, talk } from "../terminal/talk.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { UI } from "./declared/operating.ts";

type UiFlags = FlagsOf<typeof UI>;

const DEMO_NAMESPACE = "demo";

/** Serves the dashboard until Ctrl-C. */
export async function ui({ allNamespaces = false, port = 0, embedded = false, ...flags }: UiFlags): Promise<void> {
  if (allNamespaces && flags.namespace !== undefined) {
    throw new CommandError("-A means every namespace and -n one: use only one of them");
  }
  if (embedded) return await showDemo(port, flags.namespace ?? DEMO_NAMESPACE);
  await using cluster = await connect(flags);
  await show(cluster, allNamespaces ? undefined : cluster.namespace, port);
}

async function showDemo(port: number, namespace: string): Promise<void> {
  await using demo = await startDemoCluster(namespace);
  talk("Embedded Kubernetes API, in memory, with a fortnight of runs. pod-cleanup and inventory really run.");
  await show(demo.connected, namespace, port);
}

async function show(cluster: Cluster, namespace: string | undefined, port: number): Promise<void> {
  const source = liveSource(cluster, namespace);
  const app = dashboard(source, { actions: liveActions(cluster, source) });
  await using server = await serveDashboard(app, port);
  process.stdout.write(`${server.url}\n`);
  talk(`Open it in a browser on this machine. ${style.dim("Ctrl-C ends it.")}`);
  await untilSignal((signal) => once(signal, "abort"));
}
