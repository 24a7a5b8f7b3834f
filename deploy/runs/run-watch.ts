import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { watchObjects } from "../cluster/watch-objects.ts";
import { jobSelector, NAME_LABEL } from "../manifests/manifest.ts";
import { JOB_NAME_LABEL, type JobObject, type PodObject } from "./history/run-objects.ts";

/** Not everything that is worth saying changes a Job or a pod: a quota that lets no pod in makes an event. Looked at anyway after so long, in milliseconds. */
const LOOK_ANYWAY_MS = 5_000;
/** One change comes as several events. */
const SETTLE_MS = 50;

/** Says when something may have happened to a run: its Job and its pods are watched. Who may not watch looks again and again instead. */
export class RunWatch implements Disposable {
  readonly #stop = new AbortController();
  readonly #pollMs: number;
  #open = 0;
  #hasChanged = false;
  #wake = () => {};

  /** @param pollMs how long to wait between two looks where nothing can be watched */
  constructor(api: ClusterApi, run: JobObject, pollMs: number) {
    this.#pollMs = pollMs;
    const { name, namespace, labels = {} } = run.metadata;
    const job = jobSelector(labels[NAME_LABEL] ?? "");
    void this.#watch<JobObject>(api, { apiVersion: "batch/v1", kind: "Job", namespace }, job);
    void this.#watch<PodObject>(api, { apiVersion: "v1", kind: "Pod", namespace }, `${JOB_NAME_LABEL}=${name}`);
  }

  /** Waits until something has happened, it is time to look anyway, or the signal says that waiting is over. */
  async change(signal: AbortSignal | undefined): Promise<void> {
    const isWatching = this.#open > 0;
    const ended = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (!this.#hasChanged) {
      const signals = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
      const limitMs = isWatching ? LOOK_ANYWAY_MS : this.#pollMs;
      await Promise.race([woken, sleep(limitMs, undefined, { signal: signals }).catch(() => {})]);
      ended.abort();
      if (this.#hasChanged) await sleep(SETTLE_MS);
    }
    this.#hasChanged = false;
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #watch<T extends JobObject | PodObject>(
    api: ClusterApi,
    kind: { readonly apiVersion: string; readonly kind: string; readonly namespace: string | undefined },
    selector: string,
  ): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        this.#open += 1;
        try {
          for await (const _event of watchObjects<T>(api.send, kind, selector, { signal })) this.#changed();
        } finally {
          this.#open -= 1;
        }
      }
    } catch {
      // Looking again and again finds what a watch would have told; why it cannot be watched is no news then.
      this.#changed();
    }
  }

  #changed(): void {
    this.#hasChanged = true;
    this.#wake();
  }
}
