/** Initial concurrency. */
const FIRST_CONCURRENCY = 16;
/** Default maximum, equal to the transport's connections. With 32, a mass deletion took a third longer. */
const MAX_CONCURRENCY = 64;

interface ForEachParts {
  /** Maximum number of concurrent calls. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How often the server has throttled requests so far. */
  readonly throttles: () => number;
}

/**
 * Calls a function for each item, several at once. Like TCP's congestion control, concurrency grows while calls succeed and is halved when the server throttles.
 *
 * @returns the number of items
 */
export async function forEach<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<unknown>,
  parts: ForEachParts,
): Promise<number> {
  const pace = new Concurrency(parts);
  let active = 0;
  let failure: { readonly error: unknown } | undefined;
  let count = 0;
  let wake = (): void => {};
  /** Has no reference to the item, which could otherwise not be freed until the call ends. */
  const follow = async (call: Promise<unknown>): Promise<void> => {
    try {
      await call;
      pace.done();
    } catch (error) {
      failure ??= { error };
    } finally {
      active -= 1;
      wake();
    }
  };
  const untilNext = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  try {
    for await (const item of items) {
      if (failure !== undefined || parts.signal?.aborted) break;
      count += 1;
      active += 1;
      void follow(begin(work, item));
      while (active >= pace.current && failure === undefined) await untilNext();
    }
  } finally {
    while (active > 0) await untilNext();
  }
  if (failure !== undefined) throw (failure as { error: unknown }).error;
  parts.signal?.throwIfAborted();
  return count;
}

/** In plain JavaScript, the function may also throw, or return no promise. */
function begin<Item>(work: (item: Item) => Promise<unknown>, item: Item): Promise<unknown> {
  try {
    return Promise.resolve(work(item));
  } catch (error) {
    return Promise.reject(error);
  }
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
      throw new RangeError(`forEach: concurrency must be a whole number of at least 1, not ${concurrency}`);
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
    // Concurrent calls are throttled together: count them once.
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
