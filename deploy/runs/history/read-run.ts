import { ENVIRONMENT } from "../../../runtime/run/pod/environment.ts";
import { exitCodeOf, FATAL_EXIT_CODE, OUTCOMES } from "../../../runtime/run/report/outcome.ts";
import type { Report, RunIdentity } from "../../../runtime/run/report/report.ts";
import { NAME_LABEL, REVISION_LABEL } from "../../manifests/manifest.ts";
import { TRIGGERED_BY_ANNOTATION } from "../../manifests/manual-job.ts";
import { CONTAINER_NAME } from "../../settings/own-fields.ts";
import {
  isDisrupted,
  type ReadEnd,
  readDeadline,
  readEviction,
  readJobEnd,
  readPodEnd,
  SIGKILLED,
  terminatedState,
} from "./ends.ts";
import { reportOf } from "./report-text.ts";
import {
  CANCELLED_ANNOTATION,
  endCondition,
  failuresBefore,
  INSTANTIATE_ANNOTATION,
  type JobObject,
  lastPod,
  type PodObject,
  REPORT_ANNOTATION,
  type RunObjects,
  SCHEDULED_TIME_ANNOTATION,
} from "./run-objects.ts";
import { jobWaiting, podWaiting, stuckHint, type Waiting } from "./waiting.ts";

/** One run, as far as Kubernetes remembers it. */
export type RunRecord =
  | {
      readonly phase: "waiting";
      readonly report: Report;
      readonly waiting: Waiting;
      readonly hint?: string | undefined;
    }
  | { readonly phase: "running"; readonly report: Report; readonly pod: string }
  | {
      readonly phase: "finished";
      readonly report: Report;
      /** Absent where it is gone: then its log is gone too. */
      readonly pod?: string | undefined;
    };

/**
 * Reads a run back from its Job, its pods and their events. What the runtime reported itself is taken as it is; other ends are read from the
 * container's state and merged with what the flight recorder left, so that progress and mutation counts of a killed run are kept. A run is never
 * said to be what it was not: an end that nobody knows is `lost`.
 */
export function readRun(objects: RunObjects): RunRecord {
  try {
    return read(objects);
  } catch (error) {
    return unreadableRun(objects.job, error instanceof Error ? error.message : String(error));
  }
}

/** Whatever one Job or pod holds, the other runs are told all the same. */
function unreadableRun({ metadata, status }: JobObject, problem: string): RunRecord {
  const error = { reason: "Unreadable", message: `its Job or pod cannot be read: ${problem}` };
  const bare = baseReport({ metadata: { ...metadata, annotations: {} } }, undefined);
  const report: Report = { ...bare, error };
  const conditions: unknown = status?.conditions;
  const isOver =
    Array.isArray(conditions) && conditions.some((each) => /^(?:Complete|Failed)$/.test(String(each?.type)));
  return isOver
    ? { phase: "finished", report: { ...report, outcome: "lost" } }
    : { phase: "waiting", report, waiting: error };
}

function read(objects: RunObjects): RunRecord {
  const { job, pods } = objects;
  const pod = lastPod(pods);
  const base = baseReport(job, pod);
  const own = pod === undefined ? undefined : reportOf(job, terminatedState(pod)?.message)?.report;
  const cancelled = readCancellation(job, base, own);
  if (cancelled !== undefined) return { phase: "finished", report: cancelled, pod: pod?.metadata.name };
  if (endCondition(job) === undefined) return readActive(objects, pod, base);
  if (pod === undefined) return { phase: "finished", report: withEnd(base, readJobEnd(objects)) };
  const waiting = podWaiting(pod);
  if (waiting !== undefined) {
    const hint = stuckHint(waiting);
    const error = { ...waiting, ...(hint === undefined ? {} : { hint }) };
    return { phase: "finished", report: withEnd(base, { outcome: "neverStarted", error }), pod: pod.metadata.name };
  }
  return { phase: "finished", report: finalReport(job, pod, base), pod: pod.metadata.name };
}

function readActive({ job, events }: RunObjects, pod: PodObject | undefined, base: Report): RunRecord {
  const waiting = pod === undefined ? jobWaiting(job, events) : podWaiting(pod, events);
  if (waiting !== undefined) return { phase: "waiting", report: base, waiting, hint: stuckHint(waiting, pod) };
  if (pod === undefined) throw new RangeError("a Job without a pod waits");
  const terminated = terminatedState(pod);
  if (terminated === undefined) return { phase: "running", report: base, pod: pod.metadata.name };
  const report = finalReport(job, pod, base);
  if (isSettled(report, job, terminated.exitCode) && !isDisrupted(pod))
    return { phase: "finished", report, pod: pod.metadata.name };
  const message = `attempt ${base.run.attempt} ended as ${report.outcome}; Kubernetes decides whether there is another`;
  return { phase: "waiting", report: base, waiting: { reason: "BackOff", message } };
}

/** True for ends after which the Job controller makes no other attempt: no need to wait until it says so, which takes it some seconds. */
function isSettled(report: Report, { spec }: JobObject, exitCode: number): boolean {
  if (report.outcome === "running") return false;
  if (exitCodeOf(report) === FATAL_EXIT_CODE) return true;
  const { podFailure, saidBy } = OUTCOMES[report.outcome];
  // To the Job controller a process that was killed at its deadline is one that was killed.
  if (podFailure === "count" || (report.outcome === "timedOut" && exitCode === SIGKILLED))
    return report.run.attempt > (spec?.backoffLimitPerIndex ?? 0);
  return saidBy === "runtime";
}

function finalReport(job: JobObject, pod: PodObject, base: Report): Report {
  const { report: left, problem } = reportOf(job, terminatedState(pod)?.message) ?? {};
  if (left !== undefined && left.outcome !== "running") {
    // SIGTERM is all that the process knew; who sent it stands in the pod
    const sender = left.outcome === "cancelled" ? (readEviction(pod) ?? readDeadline(job, pod)) : undefined;
    return sender === undefined ? left : { ...left, ...sender };
  }
  const end = readPodEnd(job, pod, left);
  const unread = problem !== undefined && end.outcome === "lost" ? unreadable(end, problem) : end;
  return withEnd(left === undefined ? base : { ...base, ...left }, unread, base.finishedAt);
}

function unreadable({ outcome, error }: ReadEnd, problem: string): ReadEnd {
  const how = error.message.replace(/ and without a report.*$/, "");
  return {
    outcome,
    error: { reason: "UnreadableReport", message: `${how}; its report cannot be read: ${problem}` },
  };
}

function withEnd(
  report: Report,
  end: ReadEnd | { readonly outcome: "succeeded" },
  finishedAt: string | undefined = report.finishedAt,
): Report {
  return { ...report, ...end, ...(finishedAt === undefined ? {} : { finishedAt }) };
}

/** The report of a run that left none: what its Job and pod say of it, and nothing else. */
export function baseReport(job: Pick<JobObject, "metadata"> & Partial<JobObject>, pod: PodObject | undefined): Report {
  const { metadata, status } = job;
  const finishedAt = terminatedAt(pod) ?? status?.completionTime;
  return {
    apiVersion: "errand/v1",
    kind: "Report",
    job: metadata.labels?.[NAME_LABEL] ?? metadata.name,
    namespace: metadata.namespace ?? "",
    revision: metadata.labels?.[REVISION_LABEL] ?? "",
    run: identityOf(job, pod),
    outcome: "running",
    dryRun: variableOf(job, ENVIRONMENT.dryRun) === "true",
    startedAt: pod?.status?.startTime ?? status?.startTime ?? metadata.creationTimestamp,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    mutations: {},
    requests: 0,
    retries: 0,
    peakMemoryBytes: 0,
  };
}

function identityOf(job: Pick<JobObject, "metadata">, pod: PodObject | undefined): RunIdentity {
  const { name: id, annotations = {} } = job.metadata;
  const attempt = pod === undefined ? 1 : failuresBefore(pod) + 1;
  const scheduled = annotations[SCHEDULED_TIME_ANNOTATION];
  if (scheduled === undefined || INSTANTIATE_ANNOTATION in annotations) {
    const triggeredBy = annotations[TRIGGERED_BY_ANNOTATION];
    return { id, attempt, trigger: "manual", ...(triggeredBy === undefined ? {} : { triggeredBy }) };
  }
  const time = new Date(scheduled);
  if (Number.isNaN(time.getTime())) return { id, attempt, trigger: "schedule" };
  return { id, attempt, trigger: "schedule", scheduledTime: time.toISOString().replace(".000Z", "Z") };
}

function variableOf(job: Partial<JobObject>, name: string): string | undefined {
  const containers = job.spec?.template.spec?.containers ?? [];
  return containers
    .find((container) => container.name === CONTAINER_NAME)
    ?.env?.find((variable) => variable.name === name)?.value;
}

function terminatedAt(pod: PodObject | undefined): string | undefined {
  return pod === undefined ? undefined : terminatedState(pod)?.finishedAt;
}

/**
 * Reads the end of a run that a person cancelled. Its pod goes with it, so that the report is kept on the Job; where that could not be done,
 * because whoever cancelled it went away or may not, it is still known that it was cancelled.
 *
 * @param base what Job and pod say of the run
 * @param own what its pod says of it, where that is still there
 * @returns undefined for a run that was not cancelled, or that has not ended yet
 */
export function readCancellation(job: JobObject, base: Report, own: Report | undefined): Report | undefined {
  const annotations = job.metadata.annotations ?? {};
  const cancelledAt = annotations[CANCELLED_ANNOTATION];
  if (cancelledAt === undefined) return undefined;
  const condition = endCondition(job);
  // Whoever may patch Jobs can write annotations; how the Job ended is the Job controller's to say.
  if (condition !== undefined && (condition.type !== "Failed" || condition.reason !== "DeadlineExceeded"))
    return undefined;
  const { report, problem } = reportOf(job, annotations[REPORT_ANNOTATION]) ?? {};
  const isCredible = own === undefined || report?.outcome === "cancelled" || report?.outcome === own.outcome;
  if (report !== undefined && isCredible) return report;
  if (condition === undefined || !isCredible) return undefined;
  return {
    ...base,
    outcome: "cancelled",
    finishedAt: condition.lastTransitionTime ?? cancelledAt,
    error: {
      reason: "Cancelled",
      message: `cancelled by hand at ${cancelledAt}; ${problem === undefined ? "it left no report" : `its stored report is unreadable: ${problem}`}`,
    },
  };
}
