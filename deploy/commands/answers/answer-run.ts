import { exitCodeOf } from "../../../runtime/run/report/outcome.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import type { Cluster } from "../../cluster/connect.ts";
import { fetchRun } from "../../runs/find-run.ts";
import { type RunRecord, readRun } from "../../runs/history/read-run.ts";
import type { JobObject } from "../../runs/history/run-objects.ts";
import { fetchLiveReport } from "../../runs/live-report.ts";
import { waitForRun } from "../../runs/wait-for-run.ts";
import { answer } from "../../terminal/answer.ts";
import { CommandError, TRY_LATER_EXIT_CODE } from "../../terminal/command-error.ts";
import { INTERRUPTED_EXIT_CODE, StatusLine, untilSignal } from "../../terminal/live.ts";
import { type Format, talk } from "../../terminal/talk.ts";
import { describeReport } from "./describe-report.ts";

export interface AnswerOptions {
  readonly output: Format;
  readonly wait?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Prints a run's report, now or once it has ended, and sets the exit code of its outcome. */
export async function answerRun(
  cluster: Pick<Cluster, "client">,
  job: JobObject,
  options: AnswerOptions,
): Promise<void> {
  const record = await recordOf(cluster, job, options);
  answer(options.output, record.report, () => describeRecord(record));
  process.exitCode = exitCodeOfRecord(record, options);
}

/**
 * Waits for a run whose report is not the answer yet.
 *
 * @returns undefined if it did not succeed: then its report was printed as the answer, and the exit code is set
 */
export async function reportOfRun(
  cluster: Pick<Cluster, "client">,
  job: JobObject,
  options: AnswerOptions,
): Promise<Report | undefined> {
  const record = await recordOf(cluster, job, options);
  if (record.report.outcome === "succeeded") return record.report;
  answer(options.output, record.report, () => describeRecord(record));
  process.exitCode = exitCodeOfRecord(record, options);
  return undefined;
}

async function recordOf(
  { client }: Pick<Cluster, "client">,
  job: JobObject,
  options: AnswerOptions,
): Promise<RunRecord> {
  const { wait = false, timeout } = options;
  if (!wait) return readRun(await fetchRun(client, job));
  const { namespace = "" } = job.metadata;
  const limit = timeout === undefined ? [] : [AbortSignal.timeout(timeout)];
  using status = new StatusLine();
  return await untilSignal(async (interrupted) => {
    const record = await waitForRun(client, job, {
      onLine: (line) => status.say(line),
      onProgress: (text) => status.show(text),
      signal: AbortSignal.any([interrupted, ...limit]),
      askPod: (name: string) => fetchLiveReport(client, { namespace, name }),
    });
    if (record.phase !== "finished" && interrupted.aborted) throw goesOn(job);
    return record;
  });
}

/** Ctrl-C only ends the waiting. */
function goesOn({ metadata: { name, namespace } }: JobObject): CommandError {
  return new CommandError(`Stopped waiting: run ${name} goes on`, {
    hint: `Follow it: errand logs ${name} -n ${namespace} -f; cancel it: errand cancel ${name} -n ${namespace}`,
    exitCode: INTERRUPTED_EXIT_CODE,
  });
}

function exitCodeOfRecord({ phase, report }: RunRecord, { wait = false }: AnswerOptions): number {
  if (phase === "finished") return exitCodeOf(report);
  if (wait) talk("Stopped waiting after --timeout; the run goes on.");
  return TRY_LATER_EXIT_CODE;
}

function describeRecord(record: RunRecord): string {
  const text = describeReport(record.report);
  if (record.phase !== "waiting") return text;
  const { waiting, hint } = record;
  const waits = text.replace(`${record.report.run.id}: running`, `${record.report.run.id}: waiting`);
  return `${waits}\nwaits for  ${waiting.reason}: ${waiting.message}${hint === undefined ? "" : `\nhint       ${hint}`}`;
}
