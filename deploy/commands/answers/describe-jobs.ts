import { formatDuration } from "../../../runtime/job/duration.ts";
import { isRecord } from "../../../runtime/job/problem.ts";
import type { Grid } from "../../../runtime/page/grid.ts";
import { type Params, writeParams } from "../../params/read-params.ts";
import type { RunRecord } from "../../runs/history/read-run.ts";
import type { RunSummary } from "../../runs/history/recorded-run.ts";
import type { JobSummary } from "../../runs/job-summary.ts";
import { describeSchedule } from "../../schedule/schedule.ts";
import { zonedTime } from "../../schedule/wall-clock.ts";
import type { RunEntry } from "../../source/run-source.ts";
import { age, field, table } from "../../terminal/answer.ts";
import { answerStyle } from "../../terminal/talk.ts";
import { describeMutations, describeReport } from "./describe-report.ts";

const HEADINGS = ["JOB", "SCHEDULE", "NEXT RUN", "LAST RUN", "LAST SUCCESS", "FAILURES", "ACTIVE", "AGE"];

/** The columns that `ps -o wide` adds. */
const WIDE_HEADINGS = ["LAST RUN'S NAME", "ACTIVE RUNS", "REVISION"];

/** Additional columns of the table of jobs. */
export interface JobColumns {
  readonly withNamespace?: boolean;
  readonly isWide?: boolean;
}

/** Jobs as a table, one per line. */
export function describeJobs(
  jobs: readonly JobSummary[],
  now: Date,
  { withNamespace = false, isWide = false }: JobColumns = {},
): string {
  const withParams = jobs.some(({ params }) => params !== undefined);
  const rows = jobs.map((job) => [
    ...(withNamespace ? [job.namespace] : []),
    ...cells(job, now),
    ...(withParams ? [job.params === undefined ? "-" : writeParams(job.params)] : []),
    ...(isWide ? [job.lastRun?.run ?? "-", job.active.join(",") || "-", job.revision] : []),
  ]);
  const headings = [
    ...(withNamespace ? ["NAMESPACE"] : []),
    ...HEADINGS,
    ...(withParams ? ["PARAMS"] : []),
    ...(isWide ? WIDE_HEADINGS : []),
  ];
  return table(headings, rows);
}

/** Says which Jobs only look like runs of a job. */
export function describeForeign(namespace: string, job: string, foreign: readonly string[]): string {
  const [first = "", ...more] = foreign;
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return `${namespace}/${job}: Job ${first}${others} only ${more.length === 0 ? "has" : "have"} the labels of its runs and ${more.length === 0 ? "does" : "do"} not count: kubectl get job ${first} -n ${namespace} -o yaml`;
}

function cells(job: JobSummary, now: Date): string[] {
  const { lastSuccess, failuresInARow, failuresAtLeast, active } = job;
  const failures = `${failuresInARow}${failuresAtLeast ? "+" : ""}`;
  return [
    job.job,
    describeWhen(job),
    describeNext(job),
    describeLastRuns(job, now) ?? "-",
    lastSuccess === undefined ? "-" : `${age(lastSuccess, now)} ago`,
    failuresInARow === 0 ? failures : answerStyle.red(failures),
    String(active.length),
    age(job.createdAt, now),
  ];
}

/** How the newest run ended, and when. A dry run says nothing about the job's success, so the last real run is shown beside it. */
function describeLastRuns({ lastRun, lastRealRun }: JobSummary, now: Date): string | undefined {
  if (lastRun === undefined) return undefined;
  const last = describeLast(lastRun, now);
  return lastRealRun === undefined ? last : `${last}; real run: ${describeLast(lastRealRun, now)}`;
}

function describeLast({ outcome, dryRun, finishedAt, startedAt }: RunSummary, now: Date): string {
  return `${colored(outcome)}${dryRun ? " (dry run)" : ""} ${age(finishedAt ?? startedAt, now)} ago`;
}

/** Green for success, yellow for ends that say nothing about the job, red for failure. */
function colored(outcome: RunSummary["outcome"], text: string = outcome): string {
  if (outcome === "succeeded") return answerStyle.green(text);
  if (outcome === "running" || outcome === "waiting") return answerStyle.cyan(text);
  return ["cancelled", "evicted", "foreign"].includes(outcome) ? answerStyle.yellow(text) : answerStyle.red(text);
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

/** The state of a job, in a few lines. */
export function describeJobStatus(job: JobSummary, now: Date): string {
  const { lastRun, lastSuccess, failuresInARow, failuresAtLeast } = job;
  const lines: [string, string | undefined][] = [
    ["job", `${job.job} in ${job.namespace}, revision ${job.revision}`],
    ["schedule", statusSchedule(job)],
    ["params", job.params && writeParams(job.params)],
    ["next run", statusNext(job, now)],
    ["last run", lastRun && `${lastRun.run}: ${describeLastRuns(job, now)}`],
    ["success", lastSuccess && `${age(lastSuccess, now)} ago`],
    ["failures", failuresInARow === 0 ? undefined : `${failuresInARow}${failuresAtLeast ? " or more" : ""} in a row`],
  ];
  return lines.flatMap(([name, text]) => (text === undefined ? [] : [field(name, text)])).join("\n");
}

/** The state of a run; for a running one, what it has done so far. */
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

function statusSchedule({ schedule, timeZone }: JobSummary): string {
  return schedule === undefined
    ? "none: runs only when triggered"
    : `${schedule} ${timeZone} (${describeSchedule(schedule)})`;
}

function statusNext({ state, nextRun, timeZone, pausedSince }: JobSummary, now: Date): string | undefined {
  if (state === "paused") return `none: paused${pausedSince === undefined ? "" : ` for ${age(pausedSince, now)}`}`;
  if (state === "suspended") return "none: its CronJob is suspended";
  if (nextRun === undefined) return undefined;
  return `${zonedTime(new Date(nextRun), timeZone)}, in ${formatDuration(Date.parse(nextRun) - now.getTime())}`;
}

/** Additional columns of a table of runs. */
export interface RunColumns {
  readonly withNamespace?: boolean;
  readonly withJob?: boolean;
  readonly withParams?: boolean;
}

/** Runs as a table, one per line. */
export function describeRuns(runs: readonly RunEntry[], timeZone: string, columns: RunColumns = {}): string {
  return table(
    runHeadings(timeZone, columns),
    runs.map((run) => runCells(run, timeZone, columns, colored)),
  );
}

/** The same as a grid, without colours. */
export function gridOfRuns(runs: readonly RunEntry[], timeZone: string, columns: RunColumns = {}): Grid {
  const headings = runHeadings(timeZone, columns);
  const rows = runs.map((run) => {
    const cells = runCells(run, timeZone, columns, (_outcome, text) => text);
    return Object.fromEntries(headings.map((heading, index) => [heading, cells[index]]));
  });
  return { columns: headings, rows };
}

function runHeadings(timeZone: string, { withNamespace, withJob, withParams }: RunColumns): string[] {
  return [
    ...(withNamespace ? ["NAMESPACE"] : []),
    ...(withJob ? ["JOB"] : []),
    ...["RUN", "OUTCOME", "TRIGGER", `STARTED (${timeZone})`, "TOOK", "ATTEMPTS", "CHANGES"],
    ...(withParams ? ["PARAMS"] : []),
  ];
}

function runCells(
  run: RunEntry,
  timeZone: string,
  { withNamespace, withJob, withParams }: RunColumns,
  paint: (outcome: RunSummary["outcome"], text: string) => string,
): string[] {
  const changes = describeMutations(run.mutations);
  const params = isRecord(run.params) ? writeParams(run.params as Params) : "";
  return [
    ...(withNamespace ? [run.namespace] : []),
    ...(withJob ? [run.job] : []),
    run.run,
    paint(run.outcome, run.outcome === "waiting" ? `waiting: ${run.reason}` : run.outcome),
    run.outcome === "foreign" ? "not a run of this job" : describeTrigger(run),
    zonedTime(new Date(run.startedAt), timeZone),
    run.finishedAt === undefined && run.durationMs === 0 ? "-" : formatDuration(run.durationMs),
    String(run.attempts),
    run.dryRun ? `dry run: ${changes}` : changes,
    ...(withParams ? [params || "-"] : []),
  ];
}

function describeTrigger({ trigger, triggeredBy, retryOf }: RunSummary): string {
  const by = triggeredBy === undefined ? "" : ` by ${triggeredBy}`;
  return retryOf === undefined ? `${trigger}${by}` : `retry of ${retryOf}${by}`;
}
