import type { MutationCounts } from "../../../runtime/kube/pipeline/stats.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { TRIGGERED_BY_ANNOTATION } from "../../manifests/manual-job.ts";
import { terminatedState } from "./ends.ts";
import type { RunRecord } from "./read-run.ts";
import { reportOf } from "./report-text.ts";
import { endCondition, type JobObject, lastPod, type PodObject } from "./run-objects.ts";

/** On the Job of a run that repeats another: the name of that other. */
export const RETRY_OF_ANNOTATION = "errand/retry-of";

/** A run beside the Job that it was read from. */
export interface RecordedRun {
  readonly job: JobObject;
  readonly record: RunRecord;
}

/** A run as lists show it. */
export interface RunSummary {
  readonly run: string;
  readonly outcome: Report["outcome"] | "waiting" | "foreign";
  /** Why it waits, or why it did not succeed: a word. */
  readonly reason?: string;
  readonly trigger: Report["run"]["trigger"];
  /** Who triggered it, as the API server knows him. */
  readonly triggeredBy?: string;
  /** The run that it repeats. */
  readonly retryOf?: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly durationMs: number;
  readonly attempts: number;
  readonly dryRun: boolean;
  readonly mutations: MutationCounts;
  readonly revision: string;
}

/** A Job that has the labels of a job's runs, and that the job does not own: nothing that it says is believed. */
export function summarizeForeign({ metadata }: JobObject): RunSummary {
  return {
    run: metadata.name,
    outcome: "foreign",
    reason: "NotOwned",
    trigger: "manual",
    startedAt: metadata.creationTimestamp,
    durationMs: 0,
    attempts: 0,
    dryRun: false,
    mutations: {},
    revision: "",
  };
}

/** True where a Job and its pods do not tell alone how the run stands, and events may. */
export function needsEvents(job: JobObject, pods: readonly PodObject[]): boolean {
  try {
    return areEventsNeeded(job, pods);
  } catch {
    return false;
  }
}

function areEventsNeeded(job: JobObject, pods: readonly PodObject[]): boolean {
  const pod = lastPod(pods);
  if (pod === undefined) return endCondition(job)?.type !== "Complete";
  const terminated = terminatedState(pod);
  if (terminated === undefined) return pod.status?.phase !== "Running";
  return (reportOf(job, terminated.message)?.report?.outcome ?? "running") === "running";
}

/**
 * Sums a run up.
 *
 * @param now where the duration of a run ends that goes on
 */
export function summarizeRun({ job, record }: RecordedRun, now: Date): RunSummary {
  const { report } = record;
  const { [RETRY_OF_ANNOTATION]: retryOf, [TRIGGERED_BY_ANNOTATION]: triggeredBy } = job.metadata.annotations ?? {};
  const reason = record.phase === "waiting" ? record.waiting.reason : report.error?.reason;
  const end = report.finishedAt ?? (record.phase === "finished" ? report.startedAt : now.toISOString());
  return {
    run: job.metadata.name,
    outcome: record.phase === "waiting" ? "waiting" : report.outcome,
    ...(reason === undefined ? {} : { reason }),
    trigger: report.run.trigger,
    ...(triggeredBy === undefined ? {} : { triggeredBy }),
    ...(retryOf === undefined ? {} : { retryOf }),
    startedAt: report.startedAt,
    ...(report.finishedAt === undefined ? {} : { finishedAt: report.finishedAt }),
    durationMs: Math.max(0, Date.parse(end) - Date.parse(report.startedAt)) || 0,
    attempts: attemptsOf(job, report),
    dryRun: report.dryRun,
    mutations: report.mutations,
    revision: report.revision,
  };
}

/** A report knows its own attempt; where it is gone, the Job still counts its pods. */
function attemptsOf({ status }: JobObject, { run }: Report): number {
  return Math.max(run.attempt, Number(status?.failed ?? 0) + Number(status?.succeeded ?? 0)) || run.attempt;
}
