/** Offset of the first byte: the one before it is reserved for a bracket. */
const FIRST = 1;
const INITIAL_BYTES = 128 * 1024;
const OPENING_BRACKET = "[".charCodeAt(0);
const CLOSING_BRACKET = "]".charCodeAt(0);

/**
 * Bytes that have arrived and have not been read, in one reused buffer. The chunks they arrive in become garbage at once; chunks that wait for
 * their reader would be promoted to V8's old generation, and need a full collection to be freed.
 */
export class ByteWindow {
  #memory: Buffer;
  #start = FIRST;
  #end = FIRST;

  /** @param memory of a window that is no longer used */
  constructor(memory: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)) {
    this.#memory = memory;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** For reuse by another window. */
  get memory(): Buffer {
    return this.#memory;
  }

  append(bytes: Uint8Array): void {
    if (this.#end + bytes.byteLength > this.#memory.length) this.#makeRoom(bytes.byteLength);
    this.#memory.set(bytes, this.#end);
    this.#end += bytes.byteLength;
  }

  drop(count: number): void {
    this.#start += count;
    if (this.#start === this.#end) this.#start = this.#end = FIRST;
  }

  text(count: number, encoding: "utf8" | "latin1" = "utf8"): string {
    return this.#memory.toString(encoding, this.#start, this.#start + count);
  }

  /**
   * The first bytes as text between brackets, which temporarily replace the bytes around them: concatenating them would make V8 copy the text.
   * @param count less than the number of bytes
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

  /** The last index of a text in latin1; negative if not found. */
  lastIndexOf(text: string, from: number): number {
    return this.#memory.subarray(this.#start, this.#end).lastIndexOf(text, from, "latin1");
  }

  #makeRoom(count: number): void {
    const needed = FIRST + this.length + count;
    const { length } = this.#memory;
    // Move the bytes within the buffer only if that leaves enough room.
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
