/** Calls at once in the beginning. */
const FIRST_CONCURRENCY = 16;
/** Never more at once than this, where the caller says nothing: as many as the transport has connections. With 32 a mass deletion took a third longer. */
const MAX_CONCURRENCY = 64;

interface ForEachParts {
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
  let active = 0;
  let failure: { readonly error: unknown } | undefined;
  let count = 0;
  let wake = (): void => {};
  /** Takes no item: what waits for a call would keep it until the call ends. */
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

/** Functions of plain JavaScript may also throw, or give no promise. */
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
