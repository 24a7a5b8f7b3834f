import { createHash } from "node:crypto";
import type { KubeObject } from "../../runtime/kube/surface/objects.ts";
import { exitCodeOf, type Outcome } from "../../runtime/run/report/outcome.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { DESCRIPTION_ANNOTATION, PARAMS_SCHEMA_ANNOTATION, revisionLabels } from "../manifests/manifest.ts";
import { TRIGGERED_BY_ANNOTATION } from "../manifests/manual-job.ts";
import { JOB_NAME_LABEL, SCHEDULED_TIME_ANNOTATION } from "../runs/history/run-objects.ts";
import { PAUSED_ANNOTATION } from "../runs/pause.ts";
import { nextRuns } from "../schedule/schedule.ts";
import { CONTAINER_NAME } from "../settings/own-fields.ts";
import { DEMO_JOBS, type DemoJob } from "./demo-jobs.ts";

const DAY_MS = 86_400_000;
const FORTNIGHT_MS = 14 * DAY_MS;

/**
 * Two weeks of runs with every outcome, as a cluster would have them: CronJobs, their Jobs, and the pods with their reports.
 *
 * @param now milliseconds since the epoch
 */
export function demoRuns(namespace: string, now: number): DemoRuns {
  const objects = DEMO_JOBS.flatMap((job) => {
    const due = dueTimes(job, now).slice(0, job.kept);
    const cronJob = cronJobObject(namespace, job, now, due[0]);
    const runs = due.flatMap((time, index) => runObjects(namespace, job, cronJob, { time, age: index }));
    return [cronJob, ...runs];
  });
  const pods = objects.filter(({ kind }) => kind === "Pod");
  return { objects, logs: new Map(pods.map((pod) => [pod.metadata?.uid ?? "", logOf(pod)])) };
}

/** What the cluster would have. */
export interface DemoRuns {
  readonly objects: readonly KubeObject[];
  /** The lines of each pod's log, by the pod's uid. */
  readonly logs: ReadonlyMap<string, readonly string[]>;
}

/** A log as the runtime writes it: JSON lines, with the report at the end if the run could write one. */
function logOf(pod: KubeObject): string[] {
  const { terminated } = (pod as { status?: PodStatus }).status?.containerStatuses?.[0]?.state ?? {};
  if (terminated?.message === undefined || terminated.message === "") return [];
  const report = JSON.parse(terminated.message) as Report;
  const [from, to] = [Date.parse(report.startedAt), Date.parse(report.finishedAt ?? report.startedAt)];
  const line = (share: number, level: string, message: string, fields: object = {}) =>
    JSON.stringify({ time: new Date(from + (to - from) * share).toISOString(), level, message, ...fields });
  const { error } = report;
  return [
    line(0.02, "info", "run started", { revision: report.revision, attempt: 1 }),
    ...Array.from({ length: 12 }, (_, index) =>
      line(0.05 + index * 0.07, "info", "batch done", { batch: index + 1, objects: 8 * (index + 1) }),
    ),
    ...(report.retries > 0 ? [line(0.9, "warn", "got 503, retrying in 400 ms", { attempt: 2 })] : []),
    ...(error === undefined ? [] : [line(0.97, "error", error.message, { reason: error.reason })]),
    ...(report.outcome === "running" ? [] : [terminated.message]),
  ];
}

interface PodStatus {
  readonly containerStatuses?: readonly { readonly state?: { readonly terminated?: { readonly message?: string } } }[];
}

/** When runs of a job were due, newest first: by its schedule, or every other day without one. */
function dueTimes(job: DemoJob, now: number): number[] {
  if (job.schedule === undefined) return Array.from({ length: job.kept }, (_, index) => now - (index * 2 + 1) * DAY_MS);
  const { schedule, timeZone = "Etc/UTC" } = job;
  const all: number[] = [];
  let from = now - FORTNIGHT_MS;
  while (from < now) {
    const next = nextRuns({ schedule, timeZone }, new Date(from), 200).map(Number);
    all.push(...next.filter((time) => time < now - 60_000));
    if (next.length < 200) break;
    from = next.at(-1) ?? now;
  }
  const newestFirst = all.toReversed();
  return job.isOverdue ? newestFirst.slice(1) : newestFirst;
}

function cronJobObject(namespace: string, job: DemoJob, now: number, newest: number | undefined): KubeObject {
  const { name, schedule = "0 0 31 2 *", timeZone = "Etc/UTC", isPaused = false } = job;
  const annotations = {
    [DESCRIPTION_ANNOTATION]: job.description,
    ...(job.schema === undefined ? {} : { [PARAMS_SCHEMA_ANNOTATION]: JSON.stringify(job.schema) }),
    ...(isPaused ? { [PAUSED_ANNOTATION]: stamp(now - 3 * DAY_MS) } : {}),
  };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      name,
      namespace,
      uid: uidOf(name),
      creationTimestamp: stamp(now - 3 * FORTNIGHT_MS),
      labels: revisionLabels(name, revisionOf(name)),
      annotations,
    },
    spec: {
      schedule,
      timeZone,
      suspend: isPaused || job.schedule === undefined,
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 300,
      successfulJobsHistoryLimit: 60,
      failedJobsHistoryLimit: 60,
      jobTemplate: {
        metadata: { labels: revisionLabels(name, revisionOf(name)) },
        spec: { template: { spec: { ...podSpec(), activeDeadlineSeconds: 360 } } },
      },
    },
    ...(newest === undefined ? {} : { status: { lastScheduleTime: stamp(newest) } }),
  } as KubeObject;
}

interface DemoRun {
  /** When it was due. */
  readonly time: number;
  /** How many runs ago: 0 is the newest. */
  readonly age: number;
}

function runObjects(namespace: string, job: DemoJob, cronJob: KubeObject, run: DemoRun): KubeObject[] {
  const { time, age } = run;
  const outcome = job.ends?.[age] ?? "succeeded";
  const byHand = job.schedule === undefined;
  const name = byHand
    ? `${job.name}-${uidOf(`${job.name}/${age}`).slice(0, 5)}`
    : `${job.name}-${Math.floor(time / 60_000)}`;
  const startedAt = time + 1_200;
  const finishedAt = startedAt + Math.round(job.seconds * 1_000 * (0.85 + 0.3 * fraction(name)));
  const report = reportOf(namespace, job, { name, outcome, startedAt, finishedAt, byHand });
  const labels = { ...revisionLabels(job.name, revisionOf(job.name)), [JOB_NAME_LABEL]: name };
  const isGood = outcome === "succeeded";
  const condition = { type: isGood ? "Complete" : "Failed", status: "True", lastTransitionTime: stamp(finishedAt) };
  const jobObject = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      namespace,
      uid: uidOf(name),
      creationTimestamp: stamp(time),
      labels,
      annotations: byHand
        ? { [TRIGGERED_BY_ANNOTATION]: "ops-oncall", "cronjob.kubernetes.io/instantiate": "manual" }
        : { [SCHEDULED_TIME_ANNOTATION]: stamp(time) },
      ownerReferences: [ownerOf(cronJob)],
    },
    spec: { backoffLimitPerIndex: 0, completions: 1, completionMode: "Indexed", template: { spec: podSpec() } },
    status: {
      startTime: stamp(time),
      ...(isGood ? { completionTime: stamp(finishedAt), succeeded: 1 } : { failed: 1 }),
      conditions: [condition],
    },
  } as KubeObject;
  return [jobObject, podObject(namespace, jobObject, { report, outcome, time, startedAt, finishedAt, labels })];
}

interface PodFacts {
  readonly report: Report;
  readonly outcome: Outcome;
  readonly time: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly labels: Readonly<Record<string, string>>;
}

function podObject(namespace: string, job: KubeObject, facts: PodFacts): KubeObject {
  const name = `${job.metadata?.name}-0-${uidOf(`pod ${job.metadata?.name}`).slice(0, 5)}`;
  const { outcome, time, startedAt, finishedAt, labels } = facts;
  const base = { name: CONTAINER_NAME, image: "node:26-slim", restartCount: 0 };
  const state =
    outcome === "neverStarted"
      ? { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "registry.example/node:26-slim"' } }
      : { terminated: endOf(facts, startedAt, finishedAt) };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      uid: uidOf(name),
      creationTimestamp: stamp(time),
      labels,
      annotations: { "batch.kubernetes.io/job-completion-index": "0" },
      ownerReferences: [ownerOf(job)],
    },
    spec: { ...podSpec(), nodeName: `node-${1 + Math.floor(fraction(name) * 3)}` },
    status: {
      phase: outcome === "succeeded" ? "Succeeded" : outcome === "neverStarted" ? "Pending" : "Failed",
      startTime: stamp(time),
      ...(outcome === "evicted" ? { reason: "Evicted", message: "The node was low on resource: memory." } : {}),
      containerStatuses: [{ ...base, state }],
    },
  } as KubeObject;
}

/** How the container ended, as the kubelet reports it, with what the run had written by then. */
function endOf({ report, outcome }: PodFacts, startedAt: number, finishedAt: number): object {
  const times = { startedAt: stamp(startedAt), finishedAt: stamp(finishedAt) };
  const left: Report = { ...report, outcome: "running" };
  if (outcome === "outOfMemory") return { ...times, exitCode: 137, reason: "OOMKilled", message: JSON.stringify(left) };
  if (outcome === "killed") return { ...times, exitCode: 137, reason: "Error", message: JSON.stringify(left) };
  if (outcome === "lost") return { ...times, exitCode: 0, reason: "Completed", message: "" };
  if (outcome === "evicted") return { ...times, exitCode: 143, reason: "Error", message: JSON.stringify(left) };
  const reason = outcome === "succeeded" ? "Completed" : "Error";
  return { ...times, exitCode: exitCodeOf(report), reason, message: JSON.stringify(report) };
}

const ERRORS: Partial<Record<Outcome, NonNullable<Report["error"]>>> = {
  failed: { reason: "TransportError", message: "no answer from the API server within 30 s" },
  limited: { reason: "LimitExceeded", message: "214 pods would be deleted, but the limit is 200" },
  denied: { reason: "Forbidden", message: "list pods in namespace kube-system is forbidden" },
  timedOut: { reason: "Timeout", message: "the timeout of 5m has passed" },
  invalid: { reason: "InvalidParams", message: "invalid parameter: olderThan must be a duration such as 90m" },
  unreachable: { reason: "Unreachable", message: "connect ECONNREFUSED 10.96.0.1:443" },
  cancelled: { reason: "Cancelled", message: "cancelled by ops-oncall" },
};

interface ReportFacts {
  readonly name: string;
  readonly outcome: Outcome;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly byHand: boolean;
}

function reportOf(namespace: string, job: DemoJob, facts: ReportFacts): Report {
  const { name, outcome, startedAt, finishedAt, byHand } = facts;
  const { change } = job;
  const error = ERRORS[outcome];
  const isLimited = outcome === "limited" || outcome === "denied" || outcome === "invalid";
  return {
    apiVersion: "errand/v1",
    kind: "Report",
    job: job.name,
    namespace,
    revision: revisionOf(job.name),
    run: { id: name, attempt: 1, trigger: byHand ? "manual" : "schedule" },
    outcome,
    dryRun: false,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    ...(job.schema === undefined ? {} : { params: { olderThan: "1h", remove: ["succeeded", "failed", "evicted"] } }),
    ...(outcome === "succeeded" && job.result !== undefined
      ? { result: job.result as NonNullable<Report["result"]> }
      : {}),
    progress: { done: outcome === "succeeded" ? 96 : 41, total: 96 },
    mutations:
      change === undefined || isLimited
        ? {}
        : { [change.verb]: { [change.resource]: Math.ceil(change.count * (0.3 + fraction(name))) } },
    requests: 12 + Math.floor(fraction(name) * 40),
    retries: outcome === "unreachable" ? 3 : 0,
    peakMemoryBytes: Math.round((60 + 40 * fraction(name)) * 2 ** 20),
    node: { version: "v26.10.0" },
    ...(error === undefined ? {} : { error }),
  };
}

function podSpec() {
  return {
    restartPolicy: "Never",
    containers: [{ name: CONTAINER_NAME, image: "node:26-slim", resources: { limits: { memory: "256Mi" } } }],
  };
}

function ownerOf({ apiVersion = "", kind = "", metadata }: KubeObject) {
  return { apiVersion, kind, name: metadata?.name ?? "", uid: metadata?.uid ?? "", controller: true };
}

/** Derived from the name, so that it is the same every day. */
function uidOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function revisionOf(name: string): string {
  return uidOf(`revision of ${name}`).slice(0, 8);
}

/** Between 0 and 1, the same for the same name. */
function fraction(name: string): number {
  return Number.parseInt(createHash("sha256").update(name).digest("hex").slice(0, 6), 16) / 0xffffff;
}

function stamp(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
