import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { WatchEvent } from "../../runtime/kube/surface/call-results.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { ifFound } from "../cluster/lenient.ts";
import { fetchRun, withEvents } from "./find-run.ts";
import { isPodOf, JOB_NAME_LABEL, type JobObject, type PodObject, type RunObjects } from "./history/run-objects.ts";

/** Not everything that is worth saying changes a Job or a pod: a quota that lets no pod in makes an event. Looked at anyway after so long, in milliseconds. */
const LOOK_ANYWAY_MS = 5_000;
/** One change comes as several events. */
const SETTLE_MS = 50;

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
  readonly #run: JobObject;
  readonly #pollMs: number;
  readonly #onInterruption: RunWatchOptions["onInterruption"];
  readonly #stop = new AbortController();
  readonly #jobs = new Map<string, JobObject>();
  readonly #pods = new Map<string, PodObject>();
  /** Settled once both watches have told what is there; false where one of them cannot. */
  readonly #isWatching: Promise<boolean>;
  #canWatch = true;
  /** For how long nobody answered: then it is no use to look either. */
  #silence: { readonly error: unknown } | undefined;
  #hasChanged = false;
  #wake = () => {};

  constructor(client: KubeClient, run: JobObject, { pollMs, onInterruption }: RunWatchOptions) {
    this.#client = client;
    this.#run = run;
    this.#pollMs = pollMs;
    this.#onInterruption = onInterruption;
    const { name, namespace = "" } = run.metadata;
    const { jobs, pods } = client.kube.inNamespace(namespace);
    const { signal } = this.#stop;
    const watches = [
      this.#follow(this.#jobs, (interrupted) =>
        jobs.watch({ signal, onInterruption: interrupted, fieldSelector: { "metadata.name": name } }),
      ),
      this.#follow(this.#pods, (interrupted) =>
        pods.watch({ signal, onInterruption: interrupted, labelSelector: `${JOB_NAME_LABEL}=${name}` }),
      ),
    ];
    this.#isWatching = Promise.all(watches).then(
      () => true,
      () => false,
    );
  }

  /** @returns undefined where its Job is gone, or another has its name */
  async look(): Promise<RunObjects | undefined> {
    this.#hasChanged = false;
    if (this.#silence !== undefined) throw this.#silence.error;
    if ((await this.#isWatching) && this.#canWatch) return await this.#known();
    const { namespace = "", name, uid } = this.#run.metadata;
    const found = await ifFound(this.#client.kube.inNamespace(namespace).jobs.get(name));
    return found?.metadata.uid === uid ? await fetchRun(this.#client, found) : undefined;
  }

  /** Waits until something has happened, it is time to look anyway, or the signal says that waiting is over. */
  async change(signal: AbortSignal | undefined): Promise<void> {
    const ended = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#hasChanged) return;
    const signals = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
    const limitMs = this.#canWatch ? LOOK_ANYWAY_MS : this.#pollMs;
    await Promise.race([woken, sleep(limitMs, undefined, { signal: signals }).catch(() => {})]);
    ended.abort();
    if (this.#hasChanged) await sleep(SETTLE_MS);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #known(): Promise<RunObjects | undefined> {
    const job = this.#jobs.get(this.#run.metadata.uid);
    if (job === undefined) return undefined;
    const pods = [...this.#pods.values()].filter((pod) => isPodOf(job, pod));
    return await withEvents(this.#client, job, pods);
  }

  /** Keeps what a watch tells. Resolves when all that is there has been told; rejects where it may not be watched, or not now. */
  async #follow<T extends Returned<KubeObject>>(
    objects: Map<string, T>,
    watch: (interrupted: (error: unknown) => void) => AsyncIterable<WatchEvent<T>>,
  ): Promise<void> {
    const synced = Promise.withResolvers<void>();
    let isSynced = false;
    const fail = (error: unknown): void => {
      // To ask again and again finds what a watch would have told; why it cannot be watched is no news then.
      this.#canWatch = false;
      synced.reject(error);
      this.#changed();
    };
    const interrupted = (error: unknown): void => {
      if (!this.#onInterruption(error)) this.#silence = { error };
      if (!isSynced) fail(error);
      if (this.#silence !== undefined) this.#changed();
    };
    const keep = async (): Promise<void> => {
      for await (const event of watch(interrupted)) {
        if (event.type === "SYNCED") {
          isSynced = true;
          synced.resolve();
        } else if (event.type === "DELETED") objects.delete(event.object.metadata.uid);
        else objects.set(event.object.metadata.uid, event.object);
        this.#changed();
      }
    };
    keep().catch(fail);
    return await synced.promise;
  }

  #changed(): void {
    this.#hasChanged = true;
    this.#wake();
  }
}
