/** What a process used over time: one number for each interval, the most that was seen in it. */
export interface MemoryReport {
  /** Length of an interval, in seconds: 1, and then twice as much each time that there were too many. */
  readonly everySeconds: number;
  /** Resident memory in MiB, oldest first. */
  readonly mebibytes: readonly number[];
}

/** So many numbers at most: below 400 bytes as JSON, and as many points as a line on a page can show. */
export const MEMORY_SAMPLES_MAX = 60;

const MEBIBYTE = 2 ** 20;

/** Collects samples that come once a second, in a place that does not grow. */
export class MemoryTrend {
  #everySeconds = 1;
  #mebibytes: number[] = [];
  #current = { mebibytes: 0, samples: 0 };

  /** @param bytes resident memory now */
  add(bytes: number): void {
    const { mebibytes, samples } = this.#current;
    this.#current = { mebibytes: Math.max(mebibytes, Math.round(bytes / MEBIBYTE)), samples: samples + 1 };
    if (this.#current.samples < this.#everySeconds) return;
    this.#mebibytes.push(this.#current.mebibytes);
    this.#current = { mebibytes: 0, samples: 0 };
    if (this.#mebibytes.length < MEMORY_SAMPLES_MAX) return;
    this.#everySeconds *= 2;
    this.#mebibytes = Array.from({ length: MEMORY_SAMPLES_MAX / 2 }, (_, index) =>
      Math.max(this.#mebibytes[2 * index] ?? 0, this.#mebibytes[2 * index + 1] ?? 0),
    );
  }

  /** @returns undefined before the first sample */
  report(): MemoryReport | undefined {
    const { mebibytes, samples } = this.#current;
    const all = samples === 0 ? this.#mebibytes : [...this.#mebibytes, mebibytes];
    return all.length === 0 ? undefined : { everySeconds: this.#everySeconds, mebibytes: [...all] };
  }
}
