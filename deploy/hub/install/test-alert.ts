// A test of the whole way from a run that fails to every channel: of the hub's rights, of its rules, of Secrets and of the network. The hub never acts, so the run is
// that of the person who asks.

import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import type { PodSpec } from "../../../runtime/kube/generated/core-v1.ts";
import { ifFound, whoAmI } from "../../cluster/connect.ts";
import { ALERTS_ANNOTATION, DESCRIPTION_ANNOTATION, jobLabels } from "../../manifests/manifest.ts";
import { manualJob } from "../../manifests/manual-job.ts";
import type { CronJobObject } from "../../runs/find-job.ts";
import { fetchRun } from "../../runs/find-run.ts";
import { readRun } from "../../runs/history/read-run.ts";
import type { JobObject } from "../../runs/history/run-objects.ts";
import { manualRunName } from "../../runs/trigger-run.ts";
import { CONTAINER_NAME } from "../../settings/own-fields.ts";
import type { IncidentEntry, IncidentPage, MessageEntry } from "../../source/incidents.ts";
import { CommandError, UsageError } from "../../terminal/command-error.ts";
import type { HubOptions } from "../serve/hub-options.ts";
import type { DeploymentObject } from "./find-hub.ts";

/** What the names of its objects begin with. */
const TEST_NAME = "errand-test-alert";
/** The process has this long from its creation to its end, image and all; and Kubernetes takes a Job away that nobody removed. In seconds. */
const DEADLINE_SECONDS = 120;
/** Until the hub knows of the failure, and after the run has ended; until a channel has taken a message, or refused it. In milliseconds. */
const NOTICE_MS = 150_000;
const SEND_MS = 30_000;
const LOOK_MS = 500;

/** How a message fared. `none`: there was none to send. */
type MessageState = MessageEntry["state"] | "none";

/** What came out at a channel. */
export interface ChannelTest {
  readonly channel: string;
  readonly opened: MessageState;
  readonly resolved: MessageState;
  /** Why one of them did not arrive. */
  readonly problem?: string;
}

export interface AlertTest {
  readonly namespace: string;
  readonly job: string;
  readonly run: string;
  readonly incident: string;
  readonly words: string;
  readonly channels: readonly ChannelTest[];
}

export interface TestedHub {
  readonly client: KubeClient;
  readonly deployment: DeploymentObject;
  readonly options: HubOptions;
  /** What the hub found wrong. */
  readonly incidents: () => Promise<IncidentPage>;
}

/**
 * Makes a run fail, waits until the hub has told every channel so, removes the job, and waits until every channel is told that it is over. Nothing stays in the cluster, also
 * where the signal ends it.
 *
 * @param say told each step
 * @throws {UsageError} where there is nobody to tell
 * @throws {CommandError} where the hub does not notice
 */
export async function testAlert(hub: TestedHub, signal: AbortSignal, say: (step: string) => void): Promise<AlertTest> {
  const { client, options } = hub;
  const channels = Object.keys(options.channels ?? {});
  if (channels.length === 0) {
    const hint = "Name them as hub.channels in errand.config.ts, and install the hub again.";
    throw new UsageError("The hub has no channels, so there is nothing to test", { hint });
  }
  const namespace = await watchedNamespace(hub);
  const place = client.kube.inNamespace(namespace);
  const job = manualRunName(TEST_NAME);
  const cronJob = await place.cronjobs.create(testCronJob(job, namespace, channels, hub.deployment));
  let told: IncidentEntry;
  let run: JobObject;
  try {
    signal.throwIfAborted();
    run = await startRun(client, cronJob);
    say(`Run ${namespace}/${run.metadata.name} will fail on purpose`);
    told = await untilTold(hub, run, signal);
    say(`The hub says: ${told.words}`);
    await untilSent(hub, told.id, "opened", signal);
  } finally {
    await removeTest(client, cronJob);
  }
  say("Its job is removed");
  const over = await untilSent(hub, told.id, "resolved", signal);
  return {
    ...{ namespace, job, run: run.metadata.name, incident: told.id, words: told.words },
    channels: channels.map((channel) => channelTest(channel, over?.messages ?? told.messages)),
  };
}

/** With what belongs to it: the run, and its pod. @throws {CommandError} where that fails */
async function removeTest(client: KubeClient, { metadata }: CronJobObject): Promise<void> {
  const { name, namespace = "", uid } = metadata;
  const { cronjobs } = client.kube.inNamespace(namespace);
  try {
    await ifFound(cronjobs.delete(name, { propagationPolicy: "Background", preconditions: { uid } }));
  } catch (cause) {
    throw new CommandError(`The test's CronJob ${namespace}/${name} was not removed: ${messageOf(cause)}`, {
      ...{ hint: `Remove it: kubectl delete cronjob ${name} -n ${namespace}`, cause },
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The hub's own namespace if it watches that, else the first that it does watch. */
async function watchedNamespace({ client, deployment, options }: TestedHub): Promise<string> {
  const { namespace: own = "" } = deployment.metadata;
  const { namespaces, selector } = options;
  const watched =
    selector === undefined
      ? namespaces
      : (await client.kube.allNamespaces.namespaces.list({ labelSelector: selector }).toArray()).map(
          ({ metadata }) => metadata.name,
        );
  const place = watched === undefined || watched.includes(own) ? own : watched[0];
  if (place !== undefined) return place;
  throw new UsageError(`The hub watches no namespace: none has the labels ${selector}`);
}

/** A job without a schedule, whose alerts are what is tested, whatever else is configured. */
function testCronJob(
  name: string,
  namespace: string,
  channels: readonly string[],
  { spec: hub }: DeploymentObject,
): Omit<CronJobObject, "metadata" | "status"> & { readonly metadata: object } {
  const labels = jobLabels(name);
  const alerts = { failures: 1, overdue: false, longerThan: false, recovered: true, channels };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      ...{ name, namespace, labels },
      annotations: {
        [DESCRIPTION_ANNOTATION]: "A test of the hub's channels: it fails on purpose, and is removed right afterwards",
        [ALERTS_ANNOTATION]: JSON.stringify(alerts),
      },
    },
    spec: {
      // A day that never comes, as of every job that only runs by hand.
      ...{ schedule: "0 0 31 2 *", suspend: true, concurrencyPolicy: "Forbid" },
      jobTemplate: {
        metadata: { labels },
        spec: {
          ...{ backoffLimit: 0, activeDeadlineSeconds: DEADLINE_SECONDS },
          template: { metadata: { labels }, spec: failingPod(hub?.template.spec) },
        },
      },
    },
  };
}

/** Runs the image of the hub, which is on some node already, and fails. */
function failingPod(hub: PodSpec | undefined | null): PodSpec {
  const { image = "" } = hub?.containers[0] ?? {};
  return {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(hub?.imagePullSecrets === undefined ? {} : { imagePullSecrets: hub.imagePullSecrets }),
    nodeSelector: { "kubernetes.io/os": "linux" },
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        ...{ name: CONTAINER_NAME, image },
        command: ["node", "--eval", 'console.error("errand hub test-alert: failing on purpose"); process.exit(1)'],
        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        securityContext: {
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
        },
      },
    ],
  };
}

async function startRun(client: KubeClient, cronJob: CronJobObject): Promise<JobObject> {
  const { name, namespace = "" } = cronJob.metadata;
  const run = manualJob(cronJob, {
    ...{ name: `${name}-run`, params: {}, dryRun: false, triggeredBy: await whoAmI(client) },
  });
  return await client.kube.inNamespace(namespace).jobs.create(run);
}

/** The hub's incident of the run. */
async function untilTold(
  { client, incidents }: TestedHub,
  run: JobObject,
  signal: AbortSignal,
): Promise<IncidentEntry> {
  const { name, namespace = "" } = run.metadata;
  const found = await until(NOTICE_MS, signal, async () => {
    const { open, closed } = await incidents();
    return [...open, ...closed].find((each) => each.namespace === namespace && each.run === name);
  });
  if (found !== undefined) return found;
  const job = await ifFound(client.kube.inNamespace(namespace).jobs.get(name));
  const record = job === undefined ? undefined : readRun(await fetchRun(client, job));
  const hasEnded = record === undefined || record.phase === "finished";
  const why = record?.phase === "waiting" ? `: ${record.waiting.reason}: ${record.waiting.message}` : "";
  throw new CommandError(
    hasEnded ? `The hub has not noticed that run ${namespace}/${name} failed` : `Run ${name} has not ended${why}`,
    { hint: hasEnded ? "See what it watches, and its log: errand hub status" : "The hub cannot tell before it has." },
  );
}

/** @returns the incident once all its messages of an event have arrived or been refused, or as it is when that takes too long */
async function untilSent(
  { incidents, options }: TestedHub,
  id: string,
  event: "opened" | "resolved",
  signal: AbortSignal,
): Promise<IncidentEntry | undefined> {
  let last: IncidentEntry | undefined;
  const channels = Object.keys(options.channels ?? {}).length;
  await until(SEND_MS, signal, async () => {
    const { open, closed } = await incidents();
    last = [...open, ...closed].find((each) => each.id === id) ?? last;
    const settled = (last?.messages ?? []).filter((each) => each.event === event && each.state !== "waiting");
    // Who refused the beginning is not told of the end.
    const refused = (last?.messages ?? []).filter((each) => each.event === "opened" && each.state === "dead");
    const awaited = event === "opened" ? channels : channels - refused.length;
    return settled.length >= awaited ? true : undefined;
  });
  return last;
}

async function until<T>(
  limitMs: number,
  signal: AbortSignal,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const end = performance.now() + limitMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined || performance.now() > end) return found;
    await sleep(LOOK_MS, undefined, { signal });
  }
}

function channelTest(channel: string, messages: readonly MessageEntry[]): ChannelTest {
  const of = (event: string) => messages.find((each) => each.channel === channel && each.event === event);
  const [opened, resolved] = [of("opened"), of("resolved")];
  const problem = opened?.problem ?? resolved?.problem;
  return {
    channel,
    opened: opened?.state ?? "none",
    resolved: resolved?.state ?? "none",
    ...(problem === undefined ? {} : { problem }),
  };
}
