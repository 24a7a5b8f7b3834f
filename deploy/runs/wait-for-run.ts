import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { CommandError } from "../terminal/command-error.ts";
import { type RunRecord, readRun } from "./history/read-run.ts";
import { LogFollower } from "./log-follower.ts";
import { ProgressFollower } from "./progress-follower.ts";
import { RunWatch, type WaitedRun } from "./run-watch.ts";
import { Silence } from "./silence.ts";

const POLL_MS = 1_000;
export interface WaitOptions {
  /** Told of everything that happens meanwhile, one line each. */
  readonly onLine: (line: string) => void;
  /** Told how far the run is, where only the newest counts. Default: `onLine`. */
  readonly onProgress?: (text: string) => void;
  /** Stops waiting; the run goes on. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two looks where the run cannot be watched. Default: 1 s. */
  readonly pollMs?: number;
  /** Asks a running pod for its report so far. Absent: its progress is not told. */
  readonly askPod?: (pod: string) => Promise<Report>;
}

/**
 * Waits until a run is over, and tells what happens to it and what it says.
 *
 * @returns the record of its end, or the last one where the signal came first
 * @throws {CommandError} where its Job is removed meanwhile
 */
export async function waitForRun(client: KubeClient, job: WaitedRun, options: WaitOptions): Promise<RunRecord> {
  const { onLine, onProgress = onLine, signal, pollMs = POLL_MS, askPod } = options;
  using logs = new LogFollower(client, onLine);
  const silence = new Silence((error) =>
    onLine(`the API server does not answer, but the run goes on: ${error.message}`),
  );
  using watch = new RunWatch(client, job, { pollMs, onInterruption: (error) => silence.allows(error) });
  using progress = askPod === undefined ? undefined : new ProgressFollower(askPod, onProgress);
  let said = "";
  const read = async () => {
    const objects = await watch.look();
    if (objects !== undefined) return readRun(objects);
    throw new CommandError(`Run ${job.metadata.name} was removed during the wait`, {
      exitCode: OUTCOMES.lost.exitCode,
    });
  };
  for (;;) {
    const record = await silence.outlast(read, pollMs);
    const state = describePhase(record);
    if (state !== undefined && withoutPodName(state) !== said) onLine(state);
    said = state === undefined ? said : withoutPodName(state);
    if (record.phase !== "waiting" && record.pod !== undefined) logs.follow(job.metadata.namespace ?? "", record.pod);
    if (record.phase === "finished") return { ...record, report: await logs.fullReport(record.report) };
    if (signal?.aborted) return record;
    if (record.phase === "running") progress?.follow(record.pod);
    await watch.change(signal);
  }
}

/** Each pod that a quota refuses has a random name of its own: that is no news. */
function withoutPodName(state: string): string {
  return state.replaceAll(/pods "[^"]+"/g, "pods");
}

function describePhase(record: RunRecord): string | undefined {
  if (record.phase === "running") return `running in pod ${record.pod}`;
  if (record.phase === "finished") return undefined;
  const { waiting, hint } = record;
  return `waiting: ${waiting.reason}: ${waiting.message}${hint === undefined ? "" : `\n${hint}`}`;
}
