import { setTimeout as sleep } from "node:timers/promises";
import { TransportError } from "../../runtime/kube/errors/kube-error.ts";

/** How long the API server may be silent while somebody looks on. */
const SILENCE_MS = 120_000;
/** After so long without another failure it answers again, in milliseconds: a watch that was interrupted is tried again more often than that. */
const SILENCE_ENDED_MS = 45_000;

/** An API server that restarts is no reason to lose sight of a run, and one that is gone for long is. */
export class Silence {
  readonly #onBegin: (error: TransportError) => void;
  /** When it began, and when it was met last, in milliseconds. */
  #since = 0;
  #metAt = Number.NEGATIVE_INFINITY;

  /** @param onBegin told once, when it begins */
  constructor(onBegin: (error: TransportError) => void) {
    this.#onBegin = onBegin;
  }

  /** True from its begin to its end. */
  get lasts(): boolean {
    return Date.now() - this.#metAt <= SILENCE_ENDED_MS;
  }

  /** @returns true for what a watch gets over: whatever the server answers, and silence that has not lasted for too long */
  allows(interruption: unknown): boolean {
    return !(interruption instanceof TransportError) || this.#note(interruption);
  }

  /** Does it again and again while nobody answers. @throws every other error, and that of a silence that lasts for too long */
  async outlast<T>(read: () => Promise<T>, pauseMs: number): Promise<T> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof TransportError && this.#note(error))) throw error;
        await sleep(pauseMs);
      }
    }
  }

  /** @returns false where it has lasted for too long */
  #note(error: TransportError): boolean {
    const now = Date.now();
    const isNew = !this.lasts;
    if (isNew) this.#since = now;
    this.#metAt = now;
    if (isNew) this.#onBegin(error);
    return now - this.#since <= SILENCE_MS;
  }
}
