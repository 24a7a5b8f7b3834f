const NEWLINE = 0x0a;

/** Maximum length of a line, in bytes. The largest object in the store is 1.5 MiB, and its managed fields may be as much again. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** One line, without its newline. */
export interface Line {
  readonly text: string;
  /** False for a last line without newline. */
  readonly isComplete: boolean;
}

/**
 * Splits bytes at newlines and decodes each line as a whole, so that characters split across chunks stay intact. Lines that end in the same chunk
 * come together. A last line without newline is returned too; the caller decides what it means.
 *
 * @throws {RangeError} for a line above the limit
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = MAX_LINE_BYTES,
): AsyncGenerator<readonly Line[], void, undefined> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      lines.push({ text: decode(held, chunk.subarray(start, end)), isComplete: true });
      held = [];
      heldBytes = 0;
      start = end + 1;
    }
    if (lines.length > 0) yield lines;
    if (start < chunk.length) {
      held.push(chunk.subarray(start));
      heldBytes += chunk.length - start;
      if (heldBytes > maxBytes) throw new RangeError(`a line is longer than ${maxBytes} bytes`);
    }
  }
  if (heldBytes > 0) yield [{ text: decode(held, new Uint8Array()), isComplete: false }];
}

function decode(held: readonly Uint8Array[], last: Uint8Array): string {
  const bytes = held.length === 0 ? last : Buffer.concat([...held, last]);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
