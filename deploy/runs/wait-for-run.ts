import { setTimeout as sleep } from "node:timers/promises";
import { TransportError } from "../../runtime/kube/errors/kube-error.ts";
import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { CommandError } from "../terminal/command-error.ts";
import { fetchRun } from "./find-run.ts";
import { type RunRecord, readRun } from "./history/read-run.ts";
import type { JobObject } from "./history/run-objects.ts";
import { LogFollower } from "./log-follower.ts";
import { ProgressFollower } from "./progress-follower.ts";
import { RunWatch } from "./run-watch.ts";

const POLL_MS = 1_000;
/** How long the API server may be silent while a run is waited for. */
const SILENCE_MS = 120_000;

export interface WaitOptions {
  /** Told of everything that happens meanwhile, one line each. */
  readonly onLine: (line: string) => void;
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
export async function waitForRun(api: ClusterApi, job: JobObject, options: WaitOptions): Promise<RunRecord> {
  const { onLine, signal, pollMs = POLL_MS, askPod } = options;
  using logs = new LogFollower(api, onLine);
  using watch = new RunWatch(api, job, pollMs);
  using progress = askPod === undefined ? undefined : new ProgressFollower(askPod, onLine);
  let said = "";
  const read = patiently(async () => readRun(await fetchRun(api, await current(api, job))), onLine, pollMs);
  for (;;) {
    const record = await read();
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

/** An API server that restarts is no reason to lose sight of a run. */
function patiently<T>(read: () => Promise<T>, onLine: (line: string) => void, pollMs: number): () => Promise<T> {
  let answeredAt = Date.now();
  return async () => {
    for (;;) {
      try {
        const value = await read();
        answeredAt = Date.now();
        return value;
      } catch (error) {
        if (!(error instanceof TransportError) || Date.now() - answeredAt > SILENCE_MS) throw error;
        onLine(`the API server does not answer; the run goes on without it: ${error.message}`);
        await sleep(pollMs);
      }
    }
  };
}

async function current(api: ClusterApi, job: JobObject): Promise<JobObject> {
  const { namespace, name } = job.metadata;
  const found: JobObject | undefined = await api.get({ apiVersion: "batch/v1", kind: "Job", namespace, name });
  if (found?.metadata.uid === job.metadata.uid) return found;
  throw new CommandError(`Run ${name} was removed while it was waited for`, {
    exitCode: OUTCOMES.lost.exitCode,
  });
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
