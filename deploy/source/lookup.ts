// What commands and pages ask of a source more than once: a run by whatever name a person gives, why it stands so, its log as a list, the last good run.

import type { Finding } from "../diagnose/why/cause.ts";
import { jobNameIn } from "../runs/find-run.ts";
import type { RunRecord } from "../runs/history/read-run.ts";
import { type JobDetail, LogGone, type RunDetail, type RunLog, type RunOrJob, type RunSource } from "./run-source.ts";

/** A log that a page shows is read to this end; the pod has all of it. */
const LOG_LINES_MAX = 10_000;

/** The last good run is looked for among so many. */
const GOOD_RUNS_MAX = 1_000;

/**
 * Reads something of the run that a person means.
 *
 * @param nameOrFile name of a run, name of a job for its newest run, or path of a job file
 * @param read asked for the run of that name first, then for the newest run of that job; undefined where there is none
 * @throws {CommandError} where there is neither
 */
export async function ofNamed<T>(
  source: RunSource,
  namespace: string,
  nameOrFile: string,
  read: (which: RunOrJob) => Promise<T | undefined>,
): Promise<T> {
  const name = jobNameIn(nameOrFile);
  const found = (await read({ namespace, run: name })) ?? (await read({ namespace, job: name }));
  if (found === undefined) throw await source.unknown(namespace, name);
  return found;
}

/** How a job and a run of it stand. */
export interface Standing {
  /** Absent where a run was named. */
  readonly job?: JobDetail;
  /** The run that was named, or the newest of the job; absent for a job that has no runs. */
  readonly run?: RunDetail;
}

/**
 * Finds how a job stands with its newest run, or a run.
 *
 * @param nameOrFile name of a job, name of a run, or path of a job file
 * @throws {CommandError} where there is neither
 */
export async function standingOf(source: RunSource, namespace: string, nameOrFile: string): Promise<Standing> {
  const name = jobNameIn(nameOrFile);
  const job = await source.job({ namespace, job: name });
  if (job === undefined) return { run: await ofNamed(source, namespace, nameOrFile, (which) => source.run(which)) };
  const newest = job.newest?.report.run.id;
  const run = newest === undefined ? undefined : await source.run({ namespace, run: newest });
  return { job, ...(run === undefined ? {} : { run }) };
}

/** The answer to *why*. */
export interface Why {
  /** The job that was asked about; absent where it was a run. */
  readonly job?: string;
  /** Why the schedule starts nothing; absent where it does. */
  readonly schedule?: Finding<string>;
  /** The run that was asked about, or the newest of the job. */
  readonly run?: { readonly name: string; readonly record: RunRecord; readonly finding?: Finding<string> };
}

/**
 * Answers *why did it not run, why did it end so*.
 *
 * @param nameOrFile name of a run, name of a job, or path of a job file
 * @throws {CommandError} where there is neither
 */
export async function whyOf(source: RunSource, namespace: string, nameOrFile: string): Promise<Why> {
  const { job, run } = await standingOf(source, namespace, nameOrFile);
  return {
    ...(job === undefined ? {} : { job: job.job }),
    ...(job?.explanation === undefined ? {} : { schedule: job.explanation }),
    ...(run === undefined ? {} : { run: whyOfRun(run) }),
  };
}

function whyOfRun({ entry, record, explanation }: RunDetail) {
  return { name: entry.run, record, ...(explanation === undefined ? {} : { finding: explanation }) };
}

/** The end of a run's log, as far as it is kept. @returns undefined where there is no such run */
export async function endOfLog(source: RunSource, which: RunOrJob): Promise<RunLog | undefined> {
  const lines: string[] = [];
  let note: string | undefined;
  try {
    const log = await source.log(which, { tail: LOG_LINES_MAX + 1 });
    if (log === undefined) return undefined;
    note = log.note;
    for await (const line of log.lines) lines.push(line);
  } catch (error) {
    if (error instanceof LogGone) return { kept: false, why: `${error.message}.` };
    const why = error instanceof Error ? error.message : String(error);
    if (lines.length === 0) return { kept: false, why: `No log: ${why}` };
  }
  const isWhole = lines.length <= LOG_LINES_MAX;
  const last = isWhole ? lines : lines.slice(-LOG_LINES_MAX);
  return { kept: true, lines: last, isWhole, ...(note === undefined ? {} : { note }) };
}

/** The newest real run of the same job that succeeded before another. */
export async function lastGoodBefore(source: RunSource, { entry }: RunDetail): Promise<RunDetail | undefined> {
  const { namespace, job } = entry;
  const filter = { job: { namespace, job }, outcomes: ["succeeded"], hideDryRuns: true, limit: GOOD_RUNS_MAX };
  const { entries } = await source.runs(filter);
  const good = entries.find(({ run, startedAt }) => run !== entry.run && startedAt < entry.startedAt);
  return good === undefined ? undefined : await source.run(good);
}
