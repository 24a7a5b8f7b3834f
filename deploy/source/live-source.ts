import { setTimeout as sleep } from "node:timers/promises";
import { isRecord } from "../../runtime/job/problem.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { toNumber } from "../../runtime/kube/values/quantity.ts";
import { type Cluster, ifFound, inPlace } from "../cluster/connect.ts";
import { fetchRunSnapshot, fetchScheduleSnapshot } from "../diagnose/why/fetch-snapshots.ts";
import { explainRun } from "../diagnose/why/run-causes.ts";
import { explainSchedule } from "../diagnose/why/schedule-causes.ts";
import { DESCRIPTION_ANNOTATION, NAME_LABEL, PARAMS_SCHEMA_ANNOTATION } from "../manifests/manifest.ts";
import { fetchJobs, type JobRecords } from "../runs/fetch-jobs.ts";
import { type CronJobObject, getJob } from "../runs/find-job.ts";
import { isRun } from "../runs/find-run.ts";
import { terminatedState } from "../runs/history/pod-end.ts";
import type { RunRecord } from "../runs/history/read-run.ts";
import { type RecordedRun, summarizeForeign, summarizeRun } from "../runs/history/recorded-run.ts";
import { failuresBefore, type JobObject, lastPod, type PodObject } from "../runs/history/run-objects.ts";
import { summarizeJob } from "../runs/job-summary.ts";
import { fetchLiveReport } from "../runs/live-report.ts";
import { runLog } from "../runs/log-follower.ts";
import { CONTAINER_NAME } from "../settings/pod-names.ts";
import {
  type Attempt,
  type JobDetail,
  type JobEntry,
  type JobFilter,
  type JobPage,
  type JobRef,
  RECENT_RUNS,
  type RunDetail,
  type RunEntry,
  type RunFilter,
  type RunLog,
  type RunPage,
  type RunRef,
  type RunSource,
} from "./run-source.ts";
import { selectJobs, selectRuns } from "./select.ts";
import { timelineOf } from "./timeline.ts";

/** A log that a page shows is read to this end; the pod has all of it. */
const LOG_LINES_MAX = 10_000;

/** How often a page that follows looks again where nothing may be watched, and how long it waits for one change to be whole, in milliseconds. */
const LOOK_MS = 5_000;
const SETTLE_MS = 500;

/**
 * Jobs and runs as the cluster knows them now: CronJobs, Jobs, Pods and their logs, no more than Kubernetes keeps.
 *
 * @param cluster read as the person who connected
 * @param namespace undefined: all
 */
export function liveSource(
  cluster: Cluster,
  namespace: string | undefined,
  clock: () => Date = () => new Date(),
): RunSource {
  const { client, context } = cluster;

  async function detailOf(job: JobRecords): Promise<JobDetail> {
    const now = clock();
    const { metadata, spec } = job.cronJob;
    const snapshot = await fetchScheduleSnapshot(client, metadata.namespace ?? "", job.cronJob, now);
    const explanation = explainSchedule(snapshot);
    const schema = jsonIn(metadata.annotations?.[PARAMS_SCHEMA_ANNOTATION]);
    const seconds = spec?.jobTemplate.spec?.template.spec?.activeDeadlineSeconds;
    return {
      ...jobEntry(job, now),
      concurrency: spec?.concurrencyPolicy ?? "Allow",
      ...(seconds === undefined ? {} : { timeoutMs: seconds * 1_000 }),
      ...(schema === undefined ? {} : { paramsSchema: schema }),
      ...(explanation === undefined ? {} : { explanation }),
    };
  }

  /** A Job of that name that a job owns; others are nobody's runs. */
  async function findJobOf({ namespace: place, run }: RunRef): Promise<JobObject | undefined> {
    const job = await ifFound(client.kube.inNamespace(place).jobs.get(run));
    const name = job?.metadata.labels?.[NAME_LABEL];
    if (job === undefined || name === undefined) return undefined;
    return isRun(await getJob(client, place, name), job) ? job : undefined;
  }

  return {
    place: { context, ...(namespace === undefined ? {} : { namespace }) },
    async jobs(filter: JobFilter): Promise<JobPage> {
      const now = clock();
      const jobs = (await fetchJobs(client, namespace)).map((job) => jobEntry(job, now));
      return selectJobs(inOrderOfCare(jobs), filter);
    },
    async job({ namespace: place, job: name }: JobRef): Promise<JobDetail | undefined> {
      const jobs = await fetchJobs(client, place);
      const found = jobs.find(({ cronJob }) => cronJob.metadata.name === name);
      return found === undefined ? undefined : await detailOf(found);
    },
    async runs(filter: RunFilter): Promise<RunPage> {
      const now = clock();
      const jobs = await fetchJobs(client, filter.job?.namespace ?? namespace);
      const runs = jobs.flatMap((job) => [
        ...job.runs.map((run) => runEntry(job.cronJob, run, now)),
        ...job.foreign.map((foreign) => ({ ...summarizeForeign(foreign), ...placeOf(job.cronJob) })),
      ]);
      return selectRuns(runs.toSorted(newestFirst), filter);
    },
    async run(ref: RunRef): Promise<RunDetail | undefined> {
      const job = await findJobOf(ref);
      if (job === undefined) return undefined;
      const snapshot = await fetchRunSnapshot(client, ref.namespace, job);
      const record = await withLiveReport(cluster, snapshot.record, ref.namespace);
      const { objects, pod } = snapshot;
      const explanation = explainRun(snapshot);
      const limit = pod === undefined ? undefined : memoryLimitOf(pod);
      const node = pod?.spec?.nodeName;
      const named = { namespace: ref.namespace, job: job.metadata.labels?.[NAME_LABEL] ?? "" };
      return {
        entry: { ...entryOf({ job, record }, clock()), ...named },
        record,
        timeline: timelineOf(objects, record),
        attempts: objects.pods.map(attemptOf).toSorted((left, right) => right.attempt - left.attempt),
        ...(node === undefined ? {} : { node }),
        ...(limit === undefined ? {} : { memoryLimitBytes: limit }),
        ...(explanation === undefined ? {} : { explanation }),
      };
    },
    async log(ref: RunRef): Promise<RunLog> {
      const job = await findJobOf(ref);
      const pod =
        job === undefined ? undefined : lastPod((await fetchRunSnapshot(client, ref.namespace, job)).objects.pods);
      if (pod === undefined)
        return { kept: false, why: "Log not kept: the run's pod is gone, and its log went with it." };
      return await readLog(cluster, { namespace: ref.namespace, name: pod.metadata.name });
    },
    changes: (signal: AbortSignal) => changesOf(client, namespace, signal),
  };
}

/** Tells that Jobs or pods changed: by watching them, or now and then where they may not be watched. */
async function* changesOf(
  client: KubeClient,
  namespace: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<void> {
  const { jobs, pods } = inPlace(client, namespace);
  let hasChanged = false;
  let wake = () => {};
  const note = () => {
    hasChanged = true;
    wake();
  };
  const follow = async (objects: { watch(options: { signal: AbortSignal }): AsyncIterable<unknown> }) => {
    try {
      for await (const _event of objects.watch({ signal })) note();
    } catch {
      for (; !signal.aborted; note()) await pause(LOOK_MS, signal);
    }
  };
  void follow(jobs);
  void follow(pods);
  signal.addEventListener("abort", () => wake(), { once: true });
  while (!signal.aborted) {
    if (!hasChanged) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    // One change of a run comes as several events.
    await pause(SETTLE_MS, signal);
    hasChanged = false;
    if (!signal.aborted) yield;
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}

/** What needs attention first; then by namespace and name, as they came. */
function inOrderOfCare(jobs: readonly JobEntry[]): JobEntry[] {
  return jobs.toSorted((left, right) => Number(right.attention !== undefined) - Number(left.attention !== undefined));
}

function jobEntry({ cronJob, runs, foreign }: JobRecords, now: Date): JobEntry {
  const summary = summarizeJob(cronJob, runs, now, foreign);
  const real = runs.map((run) => runEntry(cronJob, run, now)).filter(({ dryRun }) => !dryRun);
  const recent = real.slice(0, RECENT_RUNS).toReversed();
  const ended = recent.filter(({ outcome }) => outcome !== "running" && outcome !== "waiting");
  const succeeded = ended.filter(({ outcome }) => outcome === "succeeded");
  const description = cronJob.metadata.annotations?.[DESCRIPTION_ANNOTATION];
  const attention = attentionOf(summary.missedRun, ended.at(-1));
  const median = medianOf(succeeded.map(({ durationMs }) => durationMs));
  return {
    ...summary,
    ...(description === undefined ? {} : { description }),
    recent,
    succeeded: succeeded.length,
    ended: ended.length,
    ...(median === undefined ? {} : { medianMs: median }),
    ...(attention === undefined ? {} : { attention }),
  };
}

/** A person's cancellation is no failure of the job. */
function attentionOf(missed: string | undefined, newest: RunEntry | undefined): JobEntry["attention"] {
  if (missed !== undefined) return "overdue";
  return newest === undefined || newest.outcome === "succeeded" || newest.outcome === "cancelled"
    ? undefined
    : "failing";
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];
}

function runEntry(cronJob: CronJobObject, run: RecordedRun, now: Date): RunEntry {
  return { ...entryOf(run, now), ...placeOf(cronJob) };
}

function entryOf(run: RecordedRun, now: Date) {
  const { record } = run;
  const { params, error } = record.report;
  const message = record.phase === "waiting" ? record.waiting.message : error?.message;
  return {
    ...summarizeRun(run, now),
    ...(message === undefined ? {} : { message }),
    ...(params === undefined ? {} : { params }),
  };
}

function placeOf({ metadata }: CronJobObject) {
  return { namespace: metadata.namespace ?? "", job: metadata.name };
}

function newestFirst(left: RunEntry, right: RunEntry): number {
  return Date.parse(right.startedAt) - Date.parse(left.startedAt) || (left.run < right.run ? 1 : -1);
}

/** A pod that does not answer is shown as Kubernetes knows it. */
async function withLiveReport({ client }: Cluster, record: RunRecord, namespace: string): Promise<RunRecord> {
  if (record.phase !== "running") return record;
  try {
    return { ...record, report: await fetchLiveReport(client, { namespace, name: record.pod }) };
  } catch {
    return record;
  }
}

function attemptOf(pod: PodObject): Attempt {
  const ended = terminatedState(pod);
  const [from, to] = [Date.parse(ended?.startedAt ?? ""), Date.parse(ended?.finishedAt ?? "")];
  const outcome =
    ended === undefined ? (pod.status?.phase ?? "Pending") : (ended.reason ?? `Exit code ${ended.exitCode}`);
  return {
    attempt: failuresBefore(pod) + 1,
    pod: pod.metadata.name,
    outcome,
    ...(to >= from ? { durationMs: to - from } : {}),
  };
}

function memoryLimitOf({ spec }: PodObject): number | undefined {
  const limit = spec?.containers.find(({ name }) => name === CONTAINER_NAME)?.resources?.limits?.memory;
  return limit === undefined ? undefined : toNumber(limit);
}

function jsonIn(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function readLog(
  { client }: Cluster,
  pod: { readonly namespace: string; readonly name: string },
): Promise<RunLog> {
  const lines: string[] = [];
  try {
    for await (const line of runLog(client, { metadata: pod })) {
      lines.push(line);
      if (lines.length > LOG_LINES_MAX) lines.shift();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (lines.length === 0) return { kept: false, why: `No log: ${why}` };
  }
  return { kept: true, lines, isWhole: lines.length < LOG_LINES_MAX };
}
