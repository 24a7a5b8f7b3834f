import { type Grid, gridOf } from "../../../runtime/page/grid.ts";
import { exitCodeOf } from "../../../runtime/run/report/outcome.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import type { Cluster } from "../../cluster/connect.ts";
import type { RunRecord } from "../../runs/history/read-run.ts";
import { fetchLiveReport } from "../../runs/progress.ts";
import { type WaitedRun, waitForRun } from "../../runs/wait-for-run.ts";
import { CommandError, TRY_LATER_EXIT_CODE, UsageError } from "../../terminal/command-error.ts";
import { INTERRUPTED_EXIT_CODE, StatusLine, untilSignal } from "../../terminal/live.ts";
import { talk } from "../../terminal/talk.ts";
import type { GridFormat } from "../declared/flags.ts";
import { answerGrid } from "./answer-grid.ts";
import { describeReport } from "./describe-report.ts";

export interface AnswerOptions {
  readonly output: GridFormat;
  /** Wait for no longer than this, in milliseconds. */
  readonly timeout?: number;
}

/** Prints a run's report, and sets the exit code of its outcome. */
export function answerRecord(record: RunRecord, { output }: Pick<AnswerOptions, "output">): void {
  const { report } = record;
  process.exitCode = record.phase === "finished" ? exitCodeOf(report) : TRY_LATER_EXIT_CODE;
  if ((output === "csv" || output === "markdown") && report.result === undefined) {
    talk(`Run ${report.run.id} has no result: ${record.phase === "waiting" ? "waiting" : report.outcome}`);
    return;
  }
  answerGrid(output, { value: report, toText: () => describeRecord(record), toGrid: () => gridOfResult(report) });
}

/** @throws {UsageError} if the job's result is not a table */
function gridOfResult({ run, result }: Report): Grid {
  const grid = gridOf(result);
  if (grid !== undefined) return grid;
  throw new UsageError(`The result of run ${run.id} is not a table: it has no list of objects, or several`, {
    hint: `Print it as JSON: errand result ${run.id} -o json`,
  });
}

/** Waits for the end of a run, and prints its report as {@link answerRecord} does. */
export async function answerRun(
  cluster: Pick<Cluster, "client">,
  run: WaitedRun,
  options: AnswerOptions,
): Promise<void> {
  answerWaited(await waitFor(cluster, run, options), options);
}

/**
 * Waits for a run whose report is not the answer yet.
 *
 * @returns undefined if it did not succeed: then its report was printed as the answer, and the exit code is set
 */
export async function reportOfRun(
  cluster: Pick<Cluster, "client">,
  run: WaitedRun,
  options: AnswerOptions,
): Promise<Report | undefined> {
  const record = await waitFor(cluster, run, options);
  if (record.report.outcome === "succeeded") return record.report;
  answerWaited(record, options);
  return undefined;
}

function answerWaited(record: RunRecord, options: AnswerOptions): void {
  answerRecord(record, options);
  if (record.phase !== "finished") talk("Stopped waiting after --timeout; the run goes on.");
}

async function waitFor(
  { client }: Pick<Cluster, "client">,
  run: WaitedRun,
  { timeout }: AnswerOptions,
): Promise<RunRecord> {
  const { namespace = "" } = run.metadata;
  const limit = timeout === undefined ? [] : [AbortSignal.timeout(timeout)];
  using status = new StatusLine();
  return await untilSignal(async (interrupted) => {
    const record = await waitForRun(client, run, {
      onLine: (line) => status.say(line),
      onProgress: (text) => status.show(text),
      signal: AbortSignal.any([interrupted, ...limit]),
      askPod: (name: string) => fetchLiveReport(client, { namespace, name }),
    });
    if (record.phase !== "finished" && interrupted.aborted) throw goesOn(run);
    return record;
  });
}

/** Ctrl-C only ends the waiting. */
function goesOn({ metadata: { name, namespace } }: WaitedRun): CommandError {
  return new CommandError(`Stopped waiting: run ${name} goes on`, {
    hint: `Follow it: errand logs ${name} -n ${namespace} -f; cancel it: errand cancel ${name} -n ${namespace}`,
    exitCode: INTERRUPTED_EXIT_CODE,
  });
}

function describeRecord(record: RunRecord): string {
  const text = describeReport(record.report);
  if (record.phase !== "waiting") return text;
  const { waiting, hint } = record;
  const waits = text.replace(`${record.report.run.id}: running`, `${record.report.run.id}: waiting`);
  return `${waits}\nwaits for  ${waiting.reason}: ${waiting.message}${hint === undefined ? "" : `\nhint       ${hint}`}`;
}
