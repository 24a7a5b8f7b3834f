import { exitCodeOf } from "../../runtime/run/report/exit-code.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import type { Cluster } from "../cluster/connect.ts";
import { TRY_LATER_EXIT_CODE } from "../exit-codes.ts";
import { type RunRecord, readRun } from "../history/read-run.ts";
import type { JobObject } from "../history/run-objects.ts";
import { answer, type Format } from "../output/answer.ts";
import { describeReport } from "../output/describe-report.ts";
import { talk } from "../output/talk.ts";
import { fetchRun } from "./find-run.ts";
import { fetchLiveReport } from "./live-report.ts";
import { waitForRun } from "./wait-for-run.ts";

export interface AnswerOptions {
  readonly output: Format;
  readonly wait?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Prints a run's report, at once or when it has ended, and sets the exit code of its outcome. */
export async function answerRun(cluster: Pick<Cluster, "api">, job: JobObject, options: AnswerOptions): Promise<void> {
  const record = await recordOf(cluster, job, options);
  answer(options.output, record.report, () => describeRecord(record));
  process.exitCode = exitCodeOfRecord(record, options);
}

/**
 * Waits for a run whose report is not yet the answer.
 *
 * @returns undefined where it did not succeed: then its report was the answer, and its outcome the exit code
 */
export async function reportOfRun(
  cluster: Pick<Cluster, "api">,
  job: JobObject,
  options: AnswerOptions,
): Promise<Report | undefined> {
  const record = await recordOf(cluster, job, options);
  if (record.report.outcome === "succeeded") return record.report;
  answer(options.output, record.report, () => describeRecord(record));
  process.exitCode = exitCodeOfRecord(record, options);
  return undefined;
}

async function recordOf({ api }: Pick<Cluster, "api">, job: JobObject, options: AnswerOptions): Promise<RunRecord> {
  const { wait = false, timeout } = options;
  if (!wait) return readRun(await fetchRun(api, job));
  const { namespace = "" } = job.metadata;
  return await waitForRun(api, job, {
    onLine: talk,
    ...(timeout === undefined ? {} : { signal: AbortSignal.timeout(timeout) }),
    askPod: (name: string) => fetchLiveReport(api.send, { namespace, name }),
  });
}

function exitCodeOfRecord({ phase, report }: RunRecord, { wait = false }: AnswerOptions): number {
  if (phase === "finished") return exitCodeOf(report);
  if (wait) talk("It still runs: waiting ended at --timeout.");
  return TRY_LATER_EXIT_CODE;
}

function describeRecord(record: RunRecord): string {
  const text = describeReport(record.report);
  if (record.phase !== "waiting") return text;
  const { waiting, hint } = record;
  const waits = text.replace(`${record.report.run.id}: running`, `${record.report.run.id}: waiting`);
  return `${waits}\nwaits for  ${waiting.reason}: ${waiting.message}${hint === undefined ? "" : `\nhint       ${hint}`}`;
}
