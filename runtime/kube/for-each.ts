/** Calls at once in the beginning. */
const FIRST_CONCURRENCY = 16;
/** Never more at once than this, where the caller says nothing: as many as the transport has connections. With 32 a mass deletion took a third longer. */
export const MAX_CONCURRENCY = 64;

export interface ForEachParts {
  /** The most at once. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How often the server has asked to slow down so far. */
  readonly throttles: () => number;
}

/**
 * Calls a function for each item, several at once. Their number grows while all goes well, and is halved when the server asks to slow down,
 * which is how TCP finds out what a network can take.
 *
 * @returns how many items there were
 */
export async function forEach<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<unknown>,
  parts: ForEachParts,
): Promise<number> {
  const pace = new Concurrency(parts);
  const active = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let count = 0;
  let wake = (): void => {};
  try {
    for await (const item of items) {
      if (failure !== undefined || parts.signal?.aborted) break;
      count += 1;
      const running: Promise<void> = Promise.resolve(work(item))
        .then(() => pace.done())
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          active.delete(running);
          wake();
        });
      active.add(running);
      while (active.size >= pace.current && failure === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    await Promise.all(active);
  }
  if (failure !== undefined) throw (failure as { error: unknown }).error;
  parts.signal?.throwIfAborted();
  return count;
}

class Concurrency {
  readonly #max: number;
  readonly #throttles: () => number;
  #current: number;
  #seen: number;
  #sinceChange = 0;
  #isStarting = true;

  constructor({ concurrency = MAX_CONCURRENCY, throttles }: ForEachParts) {
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new RangeError(`forEach: a concurrency of ${concurrency} is none`);
    this.#max = concurrency;
    this.#current = Math.min(FIRST_CONCURRENCY, concurrency);
    this.#throttles = throttles;
    this.#seen = throttles();
  }

  get current(): number {
    return this.#current;
  }

  done(): void {
    this.#sinceChange += 1;
    // Calls that were under way together meet the same wall: they count as one.
    if (!this.#isStarting && this.#sinceChange < this.#current) return;
    const throttles = this.#throttles();
    if (throttles === this.#seen) this.#change(Math.min(this.#max, this.#current + 1));
    else {
      this.#seen = throttles;
      this.#isStarting = false;
      this.#change(Math.max(1, Math.floor(this.#current / 2)));
    }
  }

  #change(next: number): void {
    this.#current = next;
    this.#sinceChange = 0;
  }
}
