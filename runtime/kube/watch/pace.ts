/** The least time between the beginnings of two watches, in milliseconds. */
const MIN_RESTART_MS = 1_000;
const BASE_DELAY_MS = 800;
const MAX_DELAY_MS = 30_000;

/** Says how long to wait before a watch is opened again: hardly after a healthy one, longer and longer while none succeeds. */
export class Pace {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** @param lastedMs how long the watch was open, in milliseconds */
  afterEnd(lastedMs: number, eventCount: number): number {
    if (eventCount === 0 && lastedMs < MIN_RESTART_MS) return this.afterFailure(undefined);
    this.#failures = 0;
    return Math.max(0, MIN_RESTART_MS - lastedMs);
  }

  /** @param askedSeconds what the server asked for */
  afterFailure(askedSeconds: number | undefined): number {
    this.#failures += 1;
    const ceiling = Math.min(BASE_DELAY_MS * 2 ** (this.#failures - 1), MAX_DELAY_MS);
    // A server that asks for no wait, each time, is not asked without one.
    if (askedSeconds !== undefined && askedSeconds >= 1) return askedSeconds * 1_000;
    return ceiling * (0.5 + 0.5 * this.#random());
  }
}
