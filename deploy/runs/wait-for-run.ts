import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { ifFound } from "../cluster/connect.ts";
import { LiveObjects } from "../cluster/live-objects.ts";
import { CommandError } from "../terminal/command-error.ts";
import { fetchRun, withEvents } from "./find-run.ts";
import { type RunRecord, readRun } from "./history/read-run.ts";
import { isPodOf, JOB_NAME_LABEL, type JobObject, type PodObject, type RunObjects } from "./history/run-objects.ts";
import { LogFollower } from "./log.ts";
import { ProgressFollower } from "./progress.ts";
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

/** Not everything that is worth saying changes a Job or a pod: a quota that lets no pod in makes an event. Looked at anyway after so long, in milliseconds. */
const LOOK_ANYWAY_MS = 5_000;
/** One change comes as several events. */
const SETTLE_MS = 50;

/** What a run is watched by: its Job, as far as that has to be known. */
export interface WaitedRun {
  readonly metadata: Pick<JobObject["metadata"], "name" | "namespace" | "uid">;
}

export interface RunWatchOptions {
  /** How long to wait between two looks where nothing can be watched, in milliseconds. */
  readonly pollMs: number;
  /** Told why the watch was interrupted; it goes on by itself unless this says false. */
  readonly onInterruption: (error: unknown) => boolean;
}

/**
 * Knows a run as its Job and its pods stand: both are watched, so that they need not be asked for again. Who may not watch asks again and again instead.
 */
export class RunWatch implements Disposable {
  readonly #client: KubeClient;
  readonly #run: WaitedRun;
  readonly #pollMs: number;
  readonly #live: LiveObjects;
  readonly #jobs: ReadonlyMap<string, JobObject>;
  readonly #pods: ReadonlyMap<string, PodObject>;

  constructor(client: KubeClient, run: WaitedRun, { pollMs, onInterruption }: RunWatchOptions) {
    this.#client = client;
    this.#run = run;
    this.#pollMs = pollMs;
    this.#live = new LiveObjects(onInterruption);
    const { name, namespace = "" } = run.metadata;
    const { jobs, pods } = client.kube.inNamespace(namespace);
    this.#jobs = this.#live.keep((options) => jobs.watch({ ...options, fieldSelector: { "metadata.name": name } }));
    this.#pods = this.#live.keep((options) => pods.watch({ ...options, labelSelector: `${JOB_NAME_LABEL}=${name}` }));
  }

  /** @returns undefined where its Job is gone, or another has its name */
  async look(): Promise<RunObjects | undefined> {
    if (await this.#live.areComplete()) return await this.#known();
    const { namespace = "", name, uid } = this.#run.metadata;
    const found = await ifFound(this.#client.kube.inNamespace(namespace).jobs.get(name));
    this.#live.resume();
    return found?.metadata.uid === uid ? await fetchRun(this.#client, found) : undefined;
  }

  /** Waits until something has happened, it is time to look anyway, or the signal says that waiting is over. */
  async change(signal: AbortSignal | undefined): Promise<void> {
    await this.#live.change(signal, { watchedMs: LOOK_ANYWAY_MS, askedMs: this.#pollMs, settleMs: SETTLE_MS });
  }

  [Symbol.dispose](): void {
    this.#live[Symbol.dispose]();
  }

  async #known(): Promise<RunObjects | undefined> {
    const job = this.#jobs.get(this.#run.metadata.uid);
    if (job === undefined) return undefined;
    const pods = [...this.#pods.values()].filter((pod) => isPodOf(job, pod));
    return await withEvents(this.#client, job, pods);
  }
}
