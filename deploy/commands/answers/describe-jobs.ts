import type { RunSummary } from "../../runs/history/recorded-run.ts";
import type { JobSummary } from "../../runs/job-summary.ts";
import { zonedTime } from "../../schedule/wall-clock.ts";
import { age } from "../../terminal/ago.ts";
import { table } from "../../terminal/answer.ts";

const HEADINGS = ["JOB", "SCHEDULE", "NEXT RUN", "LAST RUN", "LAST SUCCESS", "FAILURES", "ACTIVE", "AGE"];

/** Jobs as a table, one a line. */
export function describeJobs(jobs: readonly JobSummary[], now: Date, { withNamespace = false } = {}): string {
  const rows = jobs.map((job) => [...(withNamespace ? [job.namespace] : []), ...cells(job, now)]);
  return table([...(withNamespace ? ["NAMESPACE"] : []), ...HEADINGS], rows);
}

/** Of Jobs that look like runs of a job. */
export function describeForeign(namespace: string, job: string, foreign: readonly string[]): string {
  const [first = "", ...more] = foreign;
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return `${namespace}/${job}: Job ${first}${others} only ${more.length === 0 ? "has" : "have"} the labels of its runs, and ${more.length === 0 ? "is" : "are"} not counted: kubectl get job ${first} -n ${namespace} -o yaml`;
}

function cells(job: JobSummary, now: Date): string[] {
  const { lastRun, lastSuccess, failuresInARow, failuresAtLeast, active } = job;
  return [
    job.job,
    describeWhen(job),
    describeNext(job),
    lastRun === undefined ? "-" : describeLast(lastRun, now),
    lastSuccess === undefined ? "-" : `${age(lastSuccess, now)} ago`,
    `${failuresInARow}${failuresAtLeast ? "+" : ""}`,
    String(active.length),
    age(job.createdAt, now),
  ];
}

/** How the newest run ended, and when. A dry run is neither a success nor a failure of the job, and must not look like one. */
export function describeLast({ outcome, dryRun, finishedAt, startedAt }: RunSummary, now: Date): string {
  return `${outcome}${dryRun ? " (dry run)" : ""} ${age(finishedAt ?? startedAt, now)} ago`;
}

function describeWhen({ schedule, timeZone }: JobSummary): string {
  if (schedule === undefined) return "on demand";
  return timeZone === "Etc/UTC" ? schedule : `${schedule} ${timeZone}`;
}

function describeNext({ state, nextRun, missedRun, timeZone }: JobSummary): string {
  if (state === "paused" || state === "suspended") return state;
  const next = nextRun === undefined ? "-" : zonedTime(new Date(nextRun), timeZone);
  return missedRun === undefined ? next : `${next}, missed ${zonedTime(new Date(missedRun), timeZone)}`;
}
