const NEWLINE = 0x0a;

/** An object of 1.5 MiB in the store may have as much again of managed fields; more than this is no line of the API server, in bytes. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** One line, without its end. */
export interface Line {
  readonly text: string;
  /** False for a last one that its newline did not follow. */
  readonly isComplete: boolean;
}

/**
 * Cuts bytes at newlines, and decodes each line as a whole, so that characters that were cut into pieces are put together again. Lines come
 * together as their last bytes did. A last line without its newline is given on too: what to make of it is for whoever reads.
 *
 * @throws {RangeError} for a line over the bound
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
