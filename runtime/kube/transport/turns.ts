/** Lets only so many go on at once; the others wait in the order in which they came. */
export class Turns {
  readonly #max: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Waits for a turn; whoever has one gives it back with `release`.
   * @throws the signal's reason, where it is aborted first
   */
  async take(signal: AbortSignal | undefined): Promise<void> {
    if (this.#taken < this.#max) {
      this.#taken += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((entry) => entry !== enter);
        reject(signal?.reason);
      };
      const enter = (): void => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      this.#waiting.push(enter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  /** Gives a turn back: to who has waited longest. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
