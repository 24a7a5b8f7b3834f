import { exitCodeOf } from "../../runtime/run/exit-code.ts";
import type { Cluster } from "../cluster/connect.ts";
import type { TargetFlags } from "../cluster/kubeconfig.ts";
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
  /** How its pod is reached, to ask for its progress. Absent: that is not told. */
  readonly target?: TargetFlags;
}

/** Prints a run's report, at once or when it has ended, and sets the exit code of its outcome. */
export async function answerRun({ api }: Pick<Cluster, "api">, job: JobObject, options: AnswerOptions): Promise<void> {
  const { output, wait = false, timeout, target } = options;
  const { namespace = "" } = job.metadata;
  const askPod = target === undefined ? {} : { askPod: (name: string) => fetchLiveReport(target, { namespace, name }) };
  const signal = timeout === undefined ? {} : { signal: AbortSignal.timeout(timeout) };
  const record = wait
    ? await waitForRun(api, job, { onLine: talk, ...signal, ...askPod })
    : readRun(await fetchRun(api, job));
  answer(output, record.report, () => describeRecord(record));
  if (record.phase === "finished") {
    process.exitCode = exitCodeOf(record.report);
    return;
  }
  if (wait) talk("It still runs: waiting ended at --timeout.");
  process.exitCode = TRY_LATER_EXIT_CODE;
}

function describeRecord(record: RunRecord): string {
  const text = describeReport(record.report);
  if (record.phase !== "waiting") return text;
  const { waiting, hint } = record;
  const waits = text.replace(`${record.report.run.id}: running`, `${record.report.run.id}: waiting`);
  return `${waits}\nwaits for  ${waiting.reason}: ${waiting.message}${hint === undefined ? "" : `\nhint       ${hint}`}`;
}
