import { zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** Of the log of one attempt so much is kept, uncompressed: its newest lines. In bytes. */
export const LOG_BYTES_MAX = 256 * 1_024;

/** A line longer than this, in characters, is kept without its end. */
const LINE_LENGTH_MAX = 16 * 1_024;

/** What is kept of the log of one attempt. */
export interface KeptLog {
  readonly lines: readonly string[];
  /** Lines before these, or the ends of lines, that were left out. */
  readonly leftOut: number;
  /** Why it is not whole, or why there is none at all; a sentence. Absent where all of it is there. */
  readonly note?: string;
}

/** Takes the lines of a log one by one and holds on to the newest. */
export class LogTail {
  #lines: string[] = [];
  #bytes = 0;
  #start = 0;
  #dropped = 0;
  #cut = 0;

  add(line: string): void {
    const isLong = line.length > LINE_LENGTH_MAX;
    // A slice of a large text would hold on to all of it.
    const kept = isLong ? Buffer.from(`${line.slice(0, LINE_LENGTH_MAX)}…`).toString() : line;
    if (isLong) this.#cut += 1;
    this.#lines.push(kept);
    this.#bytes += Buffer.byteLength(kept) + 1;
    while (this.#bytes > LOG_BYTES_MAX && this.#start < this.#lines.length - 1) this.#dropFirst();
  }

  /** Lines that are held. */
  get size(): number {
    return this.#lines.length - this.#start;
  }

  /** @param problem why the log could not be read to its end */
  end(problem?: string): KeptLog {
    const notes = [
      this.#dropped === 0
        ? undefined
        : `The hub keeps the newest ${LOG_BYTES_MAX / 1_024} KiB of a log: ${this.#dropped} lines before these were left out.`,
      this.#cut === 0 ? undefined : `${this.#cut} lines are longer than ${LINE_LENGTH_MAX} characters and were cut.`,
      problem === undefined ? undefined : `The log could not be read to its end: ${problem}`,
    ].filter((note) => note !== undefined);
    const note = notes.join(" ");
    const lines = this.#lines.slice(this.#start);
    return { lines, leftOut: this.#dropped + this.#cut, ...(note === "" ? {} : { note }) };
  }

  #dropFirst(): void {
    this.#bytes -= Buffer.byteLength(this.#lines[this.#start] ?? "") + 1;
    this.#start += 1;
    this.#dropped += 1;
    // Shifting each time would move all of them each time.
    if (this.#start < 1_024) return;
    this.#lines = this.#lines.slice(this.#start);
    this.#start = 0;
  }
}

/** A value as bytes of a row. */
export function packed(value: unknown): Uint8Array {
  return zstdCompressSync(JSON.stringify(value));
}

/** What {@link packed} made of a value that has this type. */
export function unpacked<T>(bytes: unknown): T {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("the archive has no bytes where there must be some");
  return JSON.parse(zstdDecompressSync(bytes).toString("utf8")) as T;
}
