// The hub's process: watches, keeps what it sees, and answers on loopback. It ends itself where it cannot go on, and is started again.

import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Hono } from "hono";
import { loadInClusterConfig } from "../../runtime/kube/config/in-cluster.ts";
import { connect } from "../../runtime/kube/connect.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { AlertDesk, mountedSecrets } from "./alerts/alert-desk.ts";
import { incidentSource } from "./alerts/incident-source.ts";
import { ALERT_TABLES } from "./alerts/store.ts";
import { type Archive, type KeptJob, openArchive } from "./archive/archive.ts";
import { archiveSource } from "./archive/archive-source.ts";
import { applyRetention, usedBytes } from "./archive/retention.ts";
import { countRuns, hubMetrics, METRIC_TABLES, METRICS_TYPE } from "./metrics.ts";
import { hubApp, listen } from "./serve/hub-app.ts";
import {
  DATA_FOLDER,
  HUB_PORT,
  type HubOptions,
  METRICS_PORT,
  RESEND_PATH,
  readHubOptions,
  SECRETS_FOLDER,
} from "./serve/hub-options.ts";
import { keepBeating } from "./watch/heartbeat.ts";
import { selectedNamespaces } from "./watch/selected-namespaces.ts";
import { Watcher } from "./watch/watcher.ts";

const RETENTION_EVERY_MS = 600_000;

/** Starts the hub, and never returns: the name is that by which a bundle is started in a pod. */
export async function runInPod(): Promise<never> {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());
  try {
    await runHub(readHubOptions(process.env), stop.signal);
    process.exit(0);
  } catch (error) {
    say("error", error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  }
}

async function runHub(options: HubOptions, signal: AbortSignal): Promise<void> {
  const { namespaces, folder = DATA_FOLDER, port = HUB_PORT } = options;
  const serviceAccountFolder = process.env.ERRAND_SERVICE_ACCOUNT_FOLDER;
  const config = await loadInClusterConfig({
    env: process.env,
    ...(serviceAccountFolder === undefined ? {} : { folder: serviceAccountFolder }),
  });
  await using client = await connect(config, { fieldManager: "errand-hub", signal });
  mkdirSync(folder, { recursive: true });
  using archive = openArchive(join(folder, "hub.db"), { tables: [ALERT_TABLES, METRIC_TABLES] });
  countRuns(archive);
  const { channels = {}, alerts: usual = {} } = options;
  const onProblem = (text: string) => say("warn", text);
  const desk = new AlertDesk(archive, { channels, usual, readSecret: mountedSecrets(SECRETS_FOLDER), onProblem });
  let readyAt: Date | undefined;
  const health = () =>
    readyAt === undefined
      ? undefined
      : { readyAt, options, ...stateOf(archive), memoryBytes: process.memoryUsage.rss() };
  const all = { ...archiveSource(archive), incidents: incidentSource(archive, channels) };
  const sourceOf = (namespace: string | undefined) =>
    namespace === undefined ? all : archiveSource(archive, { namespace });
  const server = await listen(hubApp(sourceOf, health, ownPages(archive, desk)), port);
  say("info", `The hub answers on port ${(server.address() as AddressInfo).port} of loopback`);
  const open = options.metrics ? await listen(metricsPage(archive), METRICS_PORT, "0.0.0.0") : undefined;
  const retention = setInterval(() => keepWithin(archive, options), RETENTION_EVERY_MS);
  keepWithin(archive, options);
  const onReady = () => {
    readyAt = new Date();
    say("info", "Everything that is there has been seen");
  };
  // Not before: what is not yet read would count as missing.
  const onCaughtUp = once((isSeen: (job: KeptJob) => boolean) => void desk.run(signal, isSeen));
  try {
    const beating = keepBeating(client, archive, { namespace: namespaces?.[0], signal });
    await Promise.race([watchAll(client, archive, options, { signal, onReady, onCaughtUp }), beating]);
  } finally {
    clearInterval(retention);
    server.close();
    open?.close();
  }
}

/** Watches until the signal ends it. Another namespace that is to be watched has what is in it told anew. */
async function watchAll(
  client: KubeClient,
  archive: Archive,
  { namespaces, selector, allCronJobs }: HubOptions,
  on: {
    readonly signal: AbortSignal;
    readonly onReady: () => void;
    readonly onCaughtUp: (isSeen: (job: KeptJob) => boolean) => void;
  },
): Promise<void> {
  const { signal } = on;
  const onProblem = (text: string) => say("warn", text);
  let begin = new AbortController();
  const told = { joined: () => begin.abort(), problem: onProblem };
  const isWatched = selector === undefined ? undefined : await selectedNamespaces(client, selector, signal, told);
  const isSeen = ({ namespace, kind }: KeptJob) =>
    (namespaces?.includes(namespace) ?? isWatched?.(namespace) ?? true) && (kind === "errand" || allCronJobs);
  while (!signal.aborted) {
    begin = new AbortController();
    const options = { namespaces, allCronJobs, onProblem, signal: AbortSignal.any([signal, begin.signal]) };
    const watcher = new Watcher(client, archive, { ...options, ...(isWatched === undefined ? {} : { isWatched }) });
    await watcher.watch(() => {
      on.onReady();
      void watcher.idle().then(() => on.onCaughtUp(isSeen));
    });
  }
}

/** All that is open to other pods, where it is. */
function metricsPage(archive: Archive): Hono {
  const page = new Hono();
  page.get("/metrics", (c) => c.text(hubMetrics(archive), 200, { "content-type": METRICS_TYPE }));
  return page;
}

/** Beside the pages: the metrics, and the one thing that can be asked of the hub, to send again what did not arrive. */
function ownPages(archive: Archive, desk: AlertDesk): Hono {
  const pages = metricsPage(archive);
  pages.post(RESEND_PATH, (c) => c.json(desk.resend(c.req.query("id") ?? "")));
  return pages;
}

function once<T>(act: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (!isDone) act(value);
    isDone = true;
  };
}

function keepWithin(archive: Archive, { ageMs, count, bytes }: HubOptions): void {
  const gone = applyRetention(archive, { ageMs, count, bytes }, new Date());
  if (gone > 0) say("info", `${gone} runs went: they were too old, or too many`);
}

function stateOf(archive: Archive) {
  return {
    cameAt: archive.cameAt,
    seenAt: archive.seenAt,
    runs: Number(archive.row("SELECT COUNT(*) AS count FROM runs")?.count),
    jobs: Number(archive.row("SELECT COUNT(*) AS count FROM jobs WHERE gone_at IS NULL")?.count),
    gaps: archive.gaps().length,
    bytes: usedBytes(archive),
  };
}

function say(level: "info" | "warn" | "error", message: string): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, message })}\n`);
}
