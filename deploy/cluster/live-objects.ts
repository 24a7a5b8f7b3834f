import { setTimeout as sleep } from "node:timers/promises";
import type { WatchEvent } from "../../runtime/kube/surface/call-results.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";

/** What a watch is begun with. */
export interface LiveWatchOptions {
  readonly signal: AbortSignal;
  readonly onInterruption: (error: unknown) => void;
}

/** How long to wait for a change, in milliseconds. */
export interface ChangeTimes {
  /** At most, while everything is watched. */
  readonly watchedMs: number;
  /** Where it has to be asked for again. */
  readonly askedMs: number;
  /** One change comes as several events: after the first, until they are all there. */
  readonly settleMs: number;
}

/** Objects as their watches tell them, so that none of them has to be asked for again. Ends its watches at the end of the block that uses it. */
export class LiveObjects implements Disposable {
  readonly #onInterruption: (error: unknown) => boolean;
  readonly #stop = new AbortController();
  readonly #synced: Promise<void>[] = [];
  /** False: none of them is watched any more. */
  #canWatch = true;
  /** For how long nobody answered: then it is no use to look either. */
  #silence: { readonly error: unknown } | undefined;
  #hasChanged = false;
  #wake = () => {};

  /** @param onInterruption told why a watch was interrupted; it goes on by itself unless this says false */
  constructor(onInterruption: (error: unknown) => boolean) {
    this.#onInterruption = onInterruption;
  }

  /**
   * Begins a watch and keeps what it tells.
   *
   * @returns what is there now, by uid; complete once `areComplete` says so
   */
  keep<T extends Returned<KubeObject>>(
    watch: (options: LiveWatchOptions) => AsyncIterable<WatchEvent<T>>,
  ): ReadonlyMap<string, T> {
    const objects = new Map<string, T>();
    const synced = this.#follow(objects, watch);
    synced.catch(() => {});
    this.#synced.push(synced);
    return objects;
  }

  /**
   * Waits until every watch has told what is there. What happens from now on is a change.
   *
   * @returns false where one of them may not be watched, or not now: then it has to be asked for
   * @throws the error of an interruption that `onInterruption` did not let pass
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

  /** Waits until something has changed, it is time to look anyway, or the signal says that waiting is over. */
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

  /** Resolves when all that is there has been told; rejects where it may not be watched, or not now. */
  async #follow<T extends Returned<KubeObject>>(
    objects: Map<string, T>,
    watch: (options: LiveWatchOptions) => AsyncIterable<WatchEvent<T>>,
  ): Promise<void> {
    const synced = Promise.withResolvers<void>();
    let isSynced = false;
    const fail = (error: unknown): void => {
      // To ask again and again finds what a watch would have told; why it cannot be watched is no news then.
      this.#canWatch = false;
      synced.reject(error);
      this.#stop.abort();
      this.#changed();
    };
    const onInterruption = (error: unknown): void => {
      if (!this.#onInterruption(error)) this.#silence = { error };
      if (!isSynced) fail(error);
      if (this.#silence !== undefined) this.#changed();
    };
    const keepEach = async (): Promise<void> => {
      for await (const event of watch({ signal: this.#stop.signal, onInterruption })) {
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
