import { setTimeout as sleep } from "node:timers/promises";

export interface RunQueueOptions {
  /** So many are worked on at once. */
  readonly concurrency: number;
  /** Whoever adds to a queue as long as this waits. */
  readonly length: number;
  /** One change comes as several events: so long after the first, in milliseconds. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
  /** Told why one of them could not be worked on; it is tried again. */
  readonly onProblem: (key: string, error: unknown) => void;
}

/** Waits before a further try, in milliseconds. */
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

/** Works on keys, each by one worker at a time: what is added while it is worked on is worked on once more. What fails is tried again, for ever. */
export class RunQueue {
  readonly #options: RunQueueOptions;
  readonly #work: (key: string) => Promise<void>;
  /** Those that wait for their turn, by how often they have failed. */
  readonly #waiting = new Map<string, number>();
  readonly #working = new Set<string>();
  #wakeUp: (() => void)[] = [];
  #workers = 0;

  constructor(work: (key: string) => Promise<void>, options: RunQueueOptions) {
    this.#work = work;
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  /** Resolves once there is room for more. */
  async add(key: string): Promise<void> {
    if (!this.#waiting.has(key)) this.#waiting.set(key, 0);
    this.#start();
    while (this.#waiting.size > this.#options.length && !this.#options.signal.aborted) await this.#change();
  }

  /** Adds it later, without holding up anything. */
  addLater(key: string, afterMs: number, failures = 0): void {
    const { signal } = this.#options;
    sleep(afterMs, undefined, { signal, ref: false }).then(
      () => {
        this.#waiting.set(key, failures);
        this.#start();
      },
      () => {},
    );
  }

  /** Resolves when nothing waits and nothing is worked on. */
  async idle(): Promise<void> {
    while (this.#waiting.size + this.#working.size > 0 && !this.#options.signal.aborted) await this.#change();
  }

  #start(): void {
    while (this.#workers < Math.min(this.#options.concurrency, this.#waiting.size)) {
      this.#workers += 1;
      void this.#run();
    }
  }

  async #run(): Promise<void> {
    const { settleMs, signal, onProblem } = this.#options;
    if (settleMs > 0) await sleep(settleMs, undefined, { signal }).catch(() => {});
    for (;;) {
      const next = this.#next();
      if (next === undefined || signal.aborted) break;
      const [key, failures] = next;
      this.#waiting.delete(key);
      this.#working.add(key);
      try {
        await this.#work(key);
      } catch (error) {
        if (!signal.aborted) {
          onProblem(key, error);
          this.addLater(key, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 1_000, failures + 1);
        }
      }
      this.#working.delete(key);
      this.#wake();
    }
    this.#workers -= 1;
    this.#wake();
  }

  #next(): [key: string, failures: number] | undefined {
    for (const each of this.#waiting) if (!this.#working.has(each[0])) return each;
    return undefined;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeUp.push(resolve);
    });
  }

  #wake(): void {
    const waiting = this.#wakeUp;
    this.#wakeUp = [];
    for (const wake of waiting) wake();
  }
}
