import { setTimeout as sleep } from "node:timers/promises";
import { TransportError } from "../../runtime/kube/errors/kube-error.ts";
import type { RetryNotice } from "../../runtime/kube/pipeline/retry.ts";

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

/** A person who waits is told this often that there still is no answer, in milliseconds. */
const TOLD_EVERY_MS = 15_000;

export interface SilenceOptions {
  /** Where the API server should be. */
  readonly server: string;
  /** When the run ends by itself, milliseconds since 1970. */
  readonly deadline: number;
  readonly tell: (line: string) => void;
  readonly now?: () => number;
}

/** Says that the API server does not answer and how long it is tried again: at the first retry at once, and rarely after that. */
export function tellSilence({ server, deadline, tell, now = Date.now }: SilenceOptions): (notice: RetryNotice) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return ({ error, longestMs }) => {
    if (!(error instanceof TransportError) || now() - toldAt < TOLD_EVERY_MS) return;
    const until = new Date(Math.min(now() + longestMs, deadline)).toTimeString().slice(0, 8);
    const still = toldAt === Number.NEGATIVE_INFINITY ? "does not answer" : "still does not answer";
    toldAt = now();
    tell(`The API server at ${server} ${still} (${error.code}); retrying until ${until} at the latest`);
  };
}
