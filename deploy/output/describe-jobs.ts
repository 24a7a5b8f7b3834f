import type { JobSummary } from "../history/job-summary.ts";
import { zonedTime } from "../schedule/zoned-time.ts";
import { age } from "./ago.ts";
import { table } from "./answer.ts";

const HEADINGS = ["JOB", "SCHEDULE", "NEXT RUN", "LAST RUN", "LAST SUCCESS", "FAILURES", "ACTIVE", "AGE"];

/** Jobs as a table, one a line. */
export function describeJobs(jobs: readonly JobSummary[], now: Date, { withNamespace = false } = {}): string {
  const rows = jobs.map((job) => [...(withNamespace ? [job.namespace] : []), ...cells(job, now)]);
  return table([...(withNamespace ? ["NAMESPACE"] : []), ...HEADINGS], rows);
}

function cells(job: JobSummary, now: Date): string[] {
  const { lastRun, lastSuccess, failuresInARow, failuresAtLeast, active } = job;
  return [
    job.job,
    describeWhen(job),
    describeNext(job),
    lastRun === undefined ? "-" : `${lastRun.outcome} ${age(lastRun.finishedAt ?? lastRun.startedAt, now)} ago`,
    lastSuccess === undefined ? "-" : `${age(lastSuccess, now)} ago`,
    `${failuresInARow}${failuresAtLeast ? "+" : ""}`,
    String(active.length),
    age(job.createdAt, now),
  ];
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
