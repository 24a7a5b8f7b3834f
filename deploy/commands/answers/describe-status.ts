import { formatDuration } from "../../../runtime/job/duration.ts";
import type { RunRecord } from "../../runs/history/read-run.ts";
import type { JobSummary } from "../../runs/job-summary.ts";
import { describeSchedule } from "../../schedule/schedule.ts";
import { zonedTime } from "../../schedule/wall-clock.ts";
import { age } from "../../terminal/ago.ts";
import { describeLast } from "./describe-jobs.ts";
import { describeReport } from "./describe-report.ts";

/** A job as it stands, in some lines. */
export function describeJobStatus(job: JobSummary, now: Date): string {
  const { lastRun, lastSuccess, failuresInARow, failuresAtLeast } = job;
  const lines: [string, string | undefined][] = [
    ["job", `${job.job} in ${job.namespace}, revision ${job.revision}`],
    ["schedule", describeWhen(job)],
    ["next run", describeNext(job, now)],
    ["last run", lastRun && `${lastRun.run}: ${describeLast(lastRun, now)}`],
    ["success", lastSuccess && `${age(lastSuccess, now)} ago`],
    ["failures", failuresInARow === 0 ? undefined : `${failuresInARow}${failuresAtLeast ? " or more" : ""} in a row`],
  ];
  return lines.flatMap(([name, text]) => (text === undefined ? [] : [field(name, text)])).join("\n");
}

/** A run as it stands; of one that goes on, what it has done so far. */
export function describeRunStatus(record: RunRecord, now: Date): string {
  const { report } = record;
  if (record.phase === "finished") return describeReport(report);
  const since = formatDuration(now.getTime() - Date.parse(report.startedAt));
  const [, ...rest] = describeReport(report).split("\n");
  if (record.phase === "running")
    return [`${report.run.id}: running for ${since} in pod ${record.pod}`, ...rest].join("\n");
  const { waiting, hint } = record;
  return [
    `${report.run.id}: waiting for ${since}`,
    field("reason", `${waiting.reason}: ${waiting.message}`),
    ...(hint === undefined ? [] : [field("hint", hint)]),
  ].join("\n");
}

function describeWhen({ schedule, timeZone }: JobSummary): string {
  return schedule === undefined
    ? "none: it runs when it is triggered"
    : `${schedule} ${timeZone} (${describeSchedule(schedule)})`;
}

function describeNext({ state, nextRun, timeZone, pausedSince }: JobSummary, now: Date): string | undefined {
  if (state === "paused") return `none: paused${pausedSince === undefined ? "" : ` for ${age(pausedSince, now)}`}`;
  if (state === "suspended") return "none: its CronJob is suspended";
  if (nextRun === undefined) return undefined;
  return `${zonedTime(new Date(nextRun), timeZone)}, in ${formatDuration(Date.parse(nextRun) - now.getTime())}`;
}

function field(name: string, text: string): string {
  return `${name.padEnd(9)}  ${text}`;
}
