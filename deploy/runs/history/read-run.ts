import { exitCodeOf, FATAL_EXIT_CODE, OUTCOMES } from "../../../runtime/run/report/outcome.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { baseReport } from "./base-report.ts";
import { readCancellation } from "./cancellation.ts";
import { readJobEnd } from "./job-end.ts";
import {
  isDisrupted,
  type ReadEnd,
  readDeadline,
  readEviction,
  readPodEnd,
  SIGKILLED,
  terminatedState,
} from "./pod-end.ts";
import { reportOf } from "./report-text.ts";
import { endCondition, type JobObject, lastPod, type PodObject, type RunObjects } from "./run-objects.ts";
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
