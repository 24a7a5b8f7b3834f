import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { TransportError } from "../../runtime/kube/errors/kube-error.ts";
import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { CommandError } from "../terminal/command-error.ts";
import { type RunRecord, readRun } from "./history/read-run.ts";
import type { JobObject } from "./history/run-objects.ts";
import { LogFollower } from "./log-follower.ts";
import { ProgressFollower } from "./progress-follower.ts";
import { RunWatch } from "./run-watch.ts";

const POLL_MS = 1_000;
/** How long the API server may be silent while a run is waited for. */
const SILENCE_MS = 120_000;
/** After so long without another failure it answers again, in milliseconds: a watch that was interrupted is tried again more often than that. */
const SILENCE_ENDED_MS = 45_000;

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
export async function waitForRun(client: KubeClient, job: JobObject, options: WaitOptions): Promise<RunRecord> {
  const { onLine, onProgress = onLine, signal, pollMs = POLL_MS, askPod } = options;
  using logs = new LogFollower(client, onLine);
  const silence = new Silence(onLine);
  using watch = new RunWatch(client, job, { pollMs, onInterruption: (error) => silence.note(error) });
  using progress = askPod === undefined ? undefined : new ProgressFollower(askPod, onProgress);
  let said = "";
  const read = async () => {
    const objects = await watch.look();
    if (objects !== undefined) return readRun(objects);
    throw new CommandError(`Run ${job.metadata.name} was removed while it was waited for`, {
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

/** An API server that restarts is no reason to lose sight of a run, and one that is gone for long is. */
class Silence {
  readonly #onLine: (line: string) => void;
  /** When it began, and when it was met last, in milliseconds. */
  #since = 0;
  #metAt = Number.NEGATIVE_INFINITY;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** @returns false for another error, and where it has lasted for too long */
  note(error: unknown): boolean {
    if (!(error instanceof TransportError)) return false;
    const now = Date.now();
    const isNew = now - this.#metAt > SILENCE_ENDED_MS;
    if (isNew) this.#since = now;
    this.#metAt = now;
    if (isNew) this.#onLine(`the API server does not answer; the run goes on without it: ${error.message}`);
    return now - this.#since <= SILENCE_MS;
  }

  async outlast<T>(read: () => Promise<T>, pauseMs: number): Promise<T> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (!this.note(error)) throw error;
        await sleep(pauseMs);
      }
    }
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
