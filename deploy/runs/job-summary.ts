import { MANAGED_BY_LABEL, MANAGER, REVISION_LABEL } from "../manifests/manifest.ts";
import type { Params } from "../params/read-params.ts";
import { lastDue } from "../schedule/next-run.ts";
import { nextRuns } from "../schedule/schedule.ts";
import type { CronJobObject } from "./find-job.ts";
import { type RecordedRun, type RunSummary, summarizeRun } from "./history/recorded-run.ts";
import type { JobObject } from "./history/run-objects.ts";
import { hasSchedule, pausedSince } from "./pause.ts";
import { scheduleParams } from "./run-params.ts";

/** A deployed job as lists show it. */
export interface JobSummary {
  readonly namespace: string;
  readonly job: string;
  readonly revision: string;
  /** Cron text; absent for a job that only runs when it is triggered. */
  readonly schedule?: string;
  readonly timeZone: string;
  /** With which its schedule starts runs; absent where there are none. */
  readonly params?: Params;
  /** `suspended`: somebody stopped the schedule without `errand pause`. */
  readonly state: "scheduled" | "onDemand" | "paused" | "suspended";
  readonly pausedSince?: string;
  /** RFC 3339; absent where none will come. */
  readonly nextRun?: string;
  /** The last due time of the schedule, where its run was not started and it is too late for it. */
  readonly missedRun?: string;
  /** The newest run that has ended. */
  readonly lastRun?: RunSummary;
  /** The newest one that was no dry run, where `lastRun` is one. */
  readonly lastRealRun?: RunSummary;
  readonly lastSuccess?: string;
  readonly failuresInARow: number;
  /** True where Kubernetes keeps no more failures than these: there may have been others before. */
  readonly failuresAtLeast: boolean;
  /** Names of the runs that have not ended. */
  readonly active: readonly string[];
  /** Names of Jobs that have the labels of its runs, and that it does not own: nothing in them is believed. Absent where there are none. */
  readonly foreign?: readonly string[];
  readonly createdAt: string;
}

/**
 * Sums a job up.
 *
 * @param runs its runs, newest first
 * @param foreign Jobs that have the labels of its runs, and that it does not own
 */
export function summarizeJob(
  cronJob: CronJobObject,
  runs: readonly RecordedRun[],
  now: Date,
  foreign: readonly JobObject[] = [],
): JobSummary {
  const { spec, status } = cronJob;
  return summarizeRuns(
    cronJob,
    runs.map((run) => summarizeRun(run, now)),
    now,
    {
      remembered: rememberedSuccess(runs, status?.lastSuccessfulTime),
      failuresMax: spec?.failedJobsHistoryLimit ?? 1,
      foreign: foreign.map((job) => job.metadata.name),
    },
  );
}

/** What else is known of a job. */
export interface JobFacts {
  /** When a run succeeded that is not among those that are given; RFC 3339. */
  readonly remembered?: string | undefined;
  /** Of failures in a row no more are known. */
  readonly failuresMax: number;
  readonly foreign?: readonly string[];
}

/** Sums a job up. @param summaries its runs, newest first */
export function summarizeRuns(
  cronJob: CronJobObject,
  summaries: readonly RunSummary[],
  now: Date,
  { remembered, failuresMax, foreign = [] }: JobFacts,
): JobSummary {
  const { metadata, spec } = cronJob;
  const { schedule = "", timeZone = "Etc/UTC" } = spec ?? {};
  const ended = summaries.filter(hasEnded);
  const [lastRun] = ended;
  const lastRealRun = lastRun?.dryRun ? ended.find(({ dryRun }) => !dryRun) : undefined;
  const failures = failuresInARow(ended);
  const state = stateOf(cronJob);
  const [next] = state === "scheduled" ? (unlessUnreadable(() => nextRuns({ schedule, timeZone }, now, 1)) ?? []) : [];
  const lastSuccess = lastSuccessOf(ended, remembered);
  const since = pausedSince(cronJob);
  const params = scheduleParams(cronJob);
  const missed = unlessUnreadable(() => missedDue(cronJob, now));
  return {
    namespace: metadata.namespace ?? "",
    job: metadata.name,
    revision: metadata.labels?.[REVISION_LABEL] ?? "",
    ...(state === "onDemand" ? {} : { schedule }),
    timeZone,
    ...(params === undefined || Object.keys(params).length === 0 ? {} : { params }),
    state,
    ...(since === undefined ? {} : { pausedSince: since }),
    ...(next === undefined ? {} : { nextRun: next.toISOString() }),
    ...(missed === undefined ? {} : { missedRun: missed.toISOString() }),
    ...(lastRun === undefined ? {} : { lastRun }),
    ...(lastRealRun === undefined ? {} : { lastRealRun }),
    ...(lastSuccess === undefined ? {} : { lastSuccess }),
    failuresInARow: failures,
    failuresAtLeast: failures > 0 && failures >= failuresMax,
    active: summaries.filter((run) => !hasEnded(run)).map(({ run }) => run),
    ...(foreign.length === 0 ? {} : { foreign }),
    createdAt: metadata.creationTimestamp,
  };
}

function hasEnded({ outcome }: RunSummary): boolean {
  return outcome !== "running" && outcome !== "waiting";
}

/** Kubernetes takes schedules that are not errand's, such as `@every 1h`: then nobody here knows when it runs, and the rest is told. */
function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Selects every job that errand has deployed. */
export const EVERY_JOB_SELECTOR = `${MANAGED_BY_LABEL}=${MANAGER}`;

function stateOf(cronJob: CronJobObject): JobSummary["state"] {
  if (!hasSchedule(cronJob)) return "onDemand";
  if (!cronJob.spec?.suspend) return "scheduled";
  return pausedSince(cronJob) === undefined ? "suspended" : "paused";
}

/** A run that was cancelled, or changed nothing on purpose, says nothing of the job. */
function failuresInARow(ended: readonly RunSummary[]): number {
  const counted = ended.filter(({ outcome, dryRun }) => outcome !== "cancelled" && !dryRun);
  const success = counted.findIndex(({ outcome }) => outcome === "succeeded");
  return success < 0 ? counted.length : success;
}

/** What the CronJob says counts for runs that are gone: of those that are there it calls each complete Job a success, dry runs and lost runs too. */
function rememberedSuccess(runs: readonly RecordedRun[], lastSuccessfulTime: string | undefined): string | undefined {
  return runs.some(({ job }) => job.status?.completionTime === lastSuccessfulTime) ? undefined : lastSuccessfulTime;
}

function lastSuccessOf(ended: readonly RunSummary[], remembered: string | undefined): string | undefined {
  const success = ended.find(({ outcome, dryRun }) => outcome === "succeeded" && !dryRun);
  const times = [success?.finishedAt, remembered].filter((time) => time !== undefined);
  return times.toSorted((left, right) => Date.parse(right) - Date.parse(left))[0];
}

/**
 * The last time at which a run was due and was not started before it was too late. A CronJob does not say so itself: it is what its schedule asks
 * for and its `lastScheduleTime` lacks.
 *
 * @returns undefined where the last due run was started, can still start, or came before the CronJob
 */
export function missedDue({ metadata, spec, status }: CronJobObject, now: Date): Date | undefined {
  const { schedule = "", timeZone, suspend, startingDeadlineSeconds } = spec ?? {};
  const due = suspend ? undefined : lastDue(schedule, timeZone, now);
  if (due === undefined || startingDeadlineSeconds === undefined) return undefined;
  const since = Math.max(
    Date.parse(metadata.creationTimestamp),
    status?.lastScheduleTime === undefined ? 0 : Date.parse(status.lastScheduleTime),
  );
  const tooLate = due.getTime() + startingDeadlineSeconds * 1_000;
  return due.getTime() > since && now.getTime() > tooLate ? due : undefined;
}
