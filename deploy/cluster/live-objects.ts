import { setTimeout as sleep } from "node:timers/promises";
import { TransportError } from "../../runtime/kube/errors/kube-error.ts";
import type { WatchEvent } from "../../runtime/kube/surface/call-results.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";

/** What a watch is started with. */
export interface LiveWatchOptions {
  readonly signal: AbortSignal;
  readonly onInterruption: (error: unknown) => void;
}

/** How long to wait for a change, in milliseconds. */
export interface ChangeTimes {
  /** The longest wait while everything is watched. */
  readonly watchedMs: number;
  /** The wait if objects must be read again instead. */
  readonly askedMs: number;
  /** How long to collect further events after the first: one change comes as several. */
  readonly settleMs: number;
}

/** Keeps objects up to date by watching them, so that none must be read again. Ends its watches at the end of the block that uses it. */
export class LiveObjects implements Disposable {
  readonly #onInterruption: (error: unknown) => boolean;
  readonly #starts: (() => void)[] = [];
  #stop = new AbortController();
  #synced: Promise<void>[] = [];
  /** False once nothing is watched any more. */
  #canWatch = true;
  /** True if silence of the server ended the watches. */
  #wasSilent = false;
  #hasResumed = false;
  /** Set when the server has been silent too long; reading would not help either. */
  #silence: { readonly error: unknown } | undefined;
  #hasChanged = false;
  #wake = () => {};

  /** @param onInterruption gets the reason why a watch was interrupted; the watch resumes unless this returns false */
  constructor(onInterruption: (error: unknown) => boolean) {
    this.#onInterruption = onInterruption;
  }

  /**
   * Starts a watch and keeps its objects.
   *
   * @returns the current objects by uid, complete once `areComplete` returns true
   */
  keep<T extends Returned<KubeObject>>(
    watch: (options: LiveWatchOptions) => AsyncIterable<WatchEvent<T>>,
  ): ReadonlyMap<string, T> {
    const objects = new Map<string, T>();
    const start = (): void => {
      objects.clear();
      const synced = this.#follow(objects, watch);
      synced.catch(() => {});
      this.#synced.push(synced);
    };
    this.#starts.push(start);
    start();
    return objects;
  }

  /**
   * Waits until every watch has delivered the existing objects. From then on, events count as changes.
   *
   * @returns false if something cannot be watched, and must be read instead
   * @throws the error of an interruption for which `onInterruption` returned false
   */
  async areComplete(): Promise<boolean> {
    this.#hasChanged = false;
    if (this.#silence !== undefined) throw this.#silence.error;
    const areSynced = await Promise.all(this.#synced).then(
      () => true,
      () => false,
    );
    return areSynced && this.#canWatch;
  }

  /** Starts the watches again, once, if they ended because the server was silent. Call it when the server has answered another request. */
  resume(): void {
    if (this.#hasResumed || !this.#wasSilent) return;
    this.#hasResumed = true;
    this.#canWatch = true;
    this.#stop = new AbortController();
    this.#synced = [];
    for (const start of this.#starts) start();
  }

  /** Waits until something changes, the time is up, or the signal is aborted. */
  async change(signal: AbortSignal | undefined, { watchedMs, askedMs, settleMs }: ChangeTimes): Promise<void> {
    const wokenUp = new AbortController();
    this.#wake = () => wokenUp.abort();
    if (this.#hasChanged && this.#canWatch) wokenUp.abort();
    const signals = signal === undefined ? wokenUp.signal : AbortSignal.any([signal, wokenUp.signal]);
    await pause(this.#canWatch ? watchedMs : askedMs, signals);
    if (this.#hasChanged && this.#canWatch) await pause(settleMs, signal);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  /** Resolves when all existing objects have been delivered; rejects if they cannot be watched. */
  async #follow<T extends Returned<KubeObject>>(
    objects: Map<string, T>,
    watch: (options: LiveWatchOptions) => AsyncIterable<WatchEvent<T>>,
  ): Promise<void> {
    const synced = Promise.withResolvers<void>();
    const stop = this.#stop;
    let isSynced = false;
    const fail = (error: unknown): void => {
      synced.reject(error);
      if (stop.signal.aborted) return;
      // Reading finds the same objects, so the reason need not be reported.
      this.#canWatch = false;
      this.#wasSilent = error instanceof TransportError;
      stop.abort();
      this.#changed();
    };
    const onInterruption = (error: unknown): void => {
      if (!this.#onInterruption(error)) this.#silence = { error };
      if (!isSynced) fail(error);
      if (this.#silence !== undefined) this.#changed();
    };
    const keepEach = async (): Promise<void> => {
      for await (const event of watch({ signal: stop.signal, onInterruption })) {
        if (event.type === "SYNCED") {
          isSynced = true;
          synced.resolve();
        } else if (event.type === "DELETED") objects.delete(event.object.metadata.uid);
        else objects.set(event.object.metadata.uid, event.object);
        this.#changed();
      }
    };
    keepEach().catch(fail);
    return await synced.promise;
  }

  #changed(): void {
    this.#hasChanged = true;
    this.#wake();
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
