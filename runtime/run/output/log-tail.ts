/** The newest part of the log that a run keeps in its own memory, for whoever asks its status endpoint: the container's log has all of it. */
export const LOG_TAIL_LINES = 2_000;
export const LOG_TAIL_BYTES = 262_144;
/** A longer line is cut: one line must not push out all others. */
const LINE_BYTES_MAX = 16_384;

const LINE_FEED = 0x0a;

/** Lines of a log with the number of the first one, counted from 1 since the process began. */
export interface NumberedLines {
  readonly first: number;
  readonly lines: readonly string[];
}

/** Keeps the newest lines that a process printed. What it is given holds no secrets any more. */
export class LogTail {
  /** A ring: line N is at N modulo its size. */
  readonly #lines: (Buffer | undefined)[] = [];
  readonly #listeners = new Set<() => void>();
  #bytes = 0;
  #first = 1;
  #next = 1;
  #begun: Buffer = Buffer.alloc(0);

  /** Takes whatever is printed; the bytes may be used again afterwards. */
  write(bytes: Uint8Array): void {
    const copy = Buffer.from(bytes);
    let from = 0;
    for (let end = copy.indexOf(LINE_FEED); end >= 0; end = copy.indexOf(LINE_FEED, from)) {
      this.#keep(this.#withBegun(copy.subarray(from, end)));
      this.#begun = Buffer.alloc(0);
      from = end + 1;
    }
    if (from < copy.length) this.#begun = this.#withBegun(copy.subarray(from)).subarray(0, LINE_BYTES_MAX + 1);
    for (const listener of this.#listeners) listener();
  }

  /** The number of the line that comes next. */
  get next(): number {
    return this.#next;
  }

  /**
   * The lines that are kept, from a number on.
   *
   * @param from the first one that is wanted; where it is no longer kept, the oldest that is
   * @param most at most this many
   */
  from(from: number, most: number = LOG_TAIL_LINES): NumberedLines {
    const first = Math.min(Math.max(from, this.#first), this.#next);
    const end = Math.min(this.#next, first + most);
    const lines = Array.from({ length: end - first }, (_, index) =>
      textOf(this.#lines[(first + index) % LOG_TAIL_LINES]),
    );
    return { first, lines };
  }

  /** @returns a function that ends it */
  onWrite(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #withBegun(part: Buffer): Buffer {
    return this.#begun.length === 0 ? part : Buffer.concat([this.#begun, part]);
  }

  #keep(line: Buffer): void {
    if (this.#next - this.#first === LOG_TAIL_LINES) this.#forgetOldest();
    // A copy where it is cut: the rest would stay in memory with it.
    const kept = line.length > LINE_BYTES_MAX ? Buffer.from(line.subarray(0, LINE_BYTES_MAX + 1)) : line;
    this.#lines[this.#next % LOG_TAIL_LINES] = kept;
    this.#next += 1;
    this.#bytes += kept.length;
    while (this.#bytes > LOG_TAIL_BYTES) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const place = this.#first % LOG_TAIL_LINES;
    this.#bytes -= this.#lines[place]?.length ?? 0;
    this.#lines[place] = undefined;
    this.#first += 1;
  }
}

function textOf(line: Buffer | undefined): string {
  if (line === undefined) return "";
  return line.length > LINE_BYTES_MAX ? `${line.toString("utf8", 0, LINE_BYTES_MAX)}…` : line.toString();
}
