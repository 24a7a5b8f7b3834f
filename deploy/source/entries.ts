// What lists and pages show of jobs and runs, made from what was read of them. Nothing here asks a cluster.

import { isRecord } from "../../runtime/job/problem.ts";
import { toNumber } from "../../runtime/kube/values/quantity.ts";
import { type RunSnapshot, timeOf } from "../diagnose/why/cause.ts";
import { explainRun } from "../diagnose/why/explain.ts";
import { DESCRIPTION_ANNOTATION, NAME_LABEL, PARAMS_SCHEMA_ANNOTATION } from "../manifests/manifest.ts";
import type { JobRecords } from "../runs/fetch-jobs.ts";
import type { CronJobObject } from "../runs/find-job.ts";
import { terminatedState } from "../runs/history/ends.ts";
import type { RunRecord } from "../runs/history/read-run.ts";
import { type RecordedRun, summarizeForeign, summarizeRun } from "../runs/history/recorded-run.ts";
import { type EventObject, failuresBefore, type JobObject, type PodObject } from "../runs/history/run-objects.ts";
import { type JobSummary, summarizeJob } from "../runs/job-summary.ts";
import { CONTAINER_NAME } from "../settings/own-fields.ts";
import {
  type Attempt,
  type JobDetail,
  type JobEntry,
  RECENT_RUNS,
  type RunDetail,
  type RunEntry,
  type RunEvent,
} from "./run-source.ts";
import { timelineOf } from "./timeline.ts";

/** A job as lists show it. */
export function jobEntry({ cronJob, runs, foreign }: JobRecords, now: Date): JobEntry {
  const entries = runs.map((run) => runEntry(run, now));
  return entryOfJob(cronJob, summarizeJob(cronJob, runs, now, foreign), entries);
}

/** A job with its runs as lists show them. @param runs newest first */
export function entryOfJob(cronJob: CronJobObject, summary: JobSummary, runs: readonly RunEntry[]): JobEntry {
  const real = runs.filter(({ dryRun }) => !dryRun);
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

/** What only pages show of a job. */
const PAGE_FIELDS: readonly string[] = [
  ...(["recent", "succeeded", "ended", "medianMs"] satisfies (keyof JobEntry)[]),
  ...(["timeoutMs", "concurrency", "paramsSchema", "explanation", "newest"] satisfies (keyof JobDetail)[]),
];

/** A job without what only pages show. */
export function summaryOf(job: JobEntry): JobSummary {
  const kept = Object.entries(job).filter(([name]) => !PAGE_FIELDS.includes(name));
  return Object.fromEntries(kept) as object as JobSummary;
}

/** A job as its page shows it; why its schedule starts nothing is left to add. */
export function jobDetail(records: JobRecords, now: Date): JobDetail {
  return detailOfJob(records.cronJob, jobEntry(records, now), records.runs[0]?.record);
}

/** The same of a job whose entry is there. @param newest its newest run, where it has one */
export function detailOfJob(
  { metadata, spec }: CronJobObject,
  entry: JobEntry,
  newest: RunRecord | undefined,
): JobDetail {
  const schema = jsonIn(metadata.annotations?.[PARAMS_SCHEMA_ANNOTATION]);
  const seconds = spec?.jobTemplate.spec?.template.spec?.activeDeadlineSeconds;
  return {
    ...entry,
    concurrency: spec?.concurrencyPolicy ?? "Allow",
    ...(seconds === undefined ? {} : { timeoutMs: seconds * 1_000 }),
    ...(schema === undefined ? {} : { paramsSchema: schema }),
    ...(newest === undefined ? {} : { newest }),
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

/** A run as lists show it. @param now where the duration of a run ends that goes on */
export function runEntry(run: RecordedRun, now: Date): RunEntry {
  const { record } = run;
  const { params, error } = record.report;
  const message = record.phase === "waiting" ? record.waiting.message : error?.message;
  return {
    ...placeOf(run.job),
    ...summarizeRun(run, now),
    ...(message === undefined ? {} : { message }),
    ...(params === undefined ? {} : { params }),
  };
}

/** A Job that only has the labels of a job's runs, as lists show it. */
export function foreignEntry(job: JobObject): RunEntry {
  return { ...placeOf(job), ...summarizeForeign(job) };
}

function placeOf({ metadata: { namespace = "", labels } }: JobObject) {
  return { namespace, job: labels?.[NAME_LABEL] ?? "" };
}

/** The newest first; of two that started at once the one whose name comes last. */
export function newestFirst(left: RunEntry, right: RunEntry): number {
  return Date.parse(right.startedAt) - Date.parse(left.startedAt) || (left.run < right.run ? 1 : -1);
}

/** A run as its page shows it. @param record what is known of it by now, where that is more than the snapshot has */
export function runDetail(snapshot: RunSnapshot, now: Date, record: RunRecord = snapshot.record): RunDetail {
  const { objects, pod } = snapshot;
  const { job, pods, events } = objects;
  const explanation = explainRun(snapshot);
  const limit = pod === undefined ? undefined : memoryLimitOf(pod);
  const node = pod?.spec?.nodeName;
  return {
    uid: job.metadata.uid,
    entry: runEntry({ job, record }, now),
    record,
    timeline: timelineOf(objects, record),
    attempts: pods.map(attemptOf).toSorted((left, right) => right.attempt - left.attempt),
    events: events.toSorted((left, right) => timeOf(left) - timeOf(right)).map(eventOf),
    ...(node === undefined ? {} : { node }),
    ...(limit === undefined ? {} : { memoryLimitBytes: limit }),
    ...(explanation === undefined ? {} : { explanation }),
  };
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

function eventOf(event: EventObject): RunEvent {
  const { type = "Normal", reason = "", message = "", involvedObject, count, series, metadata } = event;
  return {
    at: event.lastTimestamp ?? event.eventTime ?? metadata.creationTimestamp,
    type,
    reason,
    message: message.trim(),
    about: `${involvedObject?.kind ?? "Object"} ${involvedObject?.name ?? ""}`,
    count: count ?? series?.count ?? 1,
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
