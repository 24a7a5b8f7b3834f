/** Where the first byte stands: one before it is kept free for a bracket. */
const FIRST = 1;
const INITIAL_BYTES = 128 * 1024;
const OPENING_BRACKET = "[".charCodeAt(0);
const CLOSING_BRACKET = "]".charCodeAt(0);

/**
 * Bytes that have arrived and have not been given on, in one piece of memory that is used again and again. The pieces that they arrive in are garbage at once; where
 * they wait for their reader, V8 takes them for old, and has to go through all that it has to be rid of them.
 */
export class ByteWindow {
  #memory: Buffer;
  #start = FIRST;
  #end = FIRST;

  /** @param memory of another window that is no longer used */
  constructor(memory: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)) {
    this.#memory = memory;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** For another window, once this one is no longer used. */
  get memory(): Buffer {
    return this.#memory;
  }

  append(bytes: Uint8Array): void {
    if (this.#end + bytes.byteLength > this.#memory.length) this.#makeRoom(bytes.byteLength);
    this.#memory.set(bytes, this.#end);
    this.#end += bytes.byteLength;
  }

  /** Gives the first ones on. */
  drop(count: number): void {
    this.#start += count;
    if (this.#start === this.#end) this.#start = this.#end = FIRST;
  }

  /** The first ones as text. */
  text(count: number, encoding: "utf8" | "latin1" = "utf8"): string {
    return this.#memory.toString(encoding, this.#start, this.#start + count);
  }

  /**
   * The first ones as text, between brackets. These stand where the byte before and the one behind them were: put around the text, they would have V8 copy it.
   * @param count less than there are
   */
  textInBrackets(count: number): string {
    const before = this.#start - 1;
    const behind = this.#start + count;
    const byteBehind = this.#memory[behind] as number;
    this.#memory[before] = OPENING_BRACKET;
    this.#memory[behind] = CLOSING_BRACKET;
    const text = this.#memory.toString("utf8", before, behind + 1);
    this.#memory[behind] = byteBehind;
    return text;
  }

  /** Where a text, each byte a character, is found last; a negative number where it is not. */
  lastIndexOf(text: string, from: number): number {
    return this.#memory.subarray(this.#start, this.#end).lastIndexOf(text, from, "latin1");
  }

  #makeRoom(count: number): void {
    const needed = FIRST + this.length + count;
    const { length } = this.#memory;
    // Moved within its memory only where that is not soon full again.
    const memory =
      needed <= length / 2
        ? this.#memory
        : Buffer.allocUnsafeSlow(Math.max(length * 2, 2 ** Math.ceil(Math.log2(needed))));
    this.#memory.copy(memory, FIRST, this.#start, this.#end);
    this.#end = FIRST + this.length;
    this.#start = FIRST;
    this.#memory = memory;
  }
}
