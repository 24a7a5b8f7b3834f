import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { ifFound } from "../cluster/connect.ts";
import { LiveObjects } from "../cluster/live-objects.ts";
import { fetchRun, withEvents } from "./find-run.ts";
import { isPodOf, JOB_NAME_LABEL, type JobObject, type PodObject, type RunObjects } from "./history/run-objects.ts";

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
