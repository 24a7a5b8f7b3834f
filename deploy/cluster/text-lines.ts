/** A container may write a line of any length; a longer one than this comes in parts, each a line of its own, in characters. */
const LONGEST_LINE = 64 * 1024 * 1024;

/**
 * Splits the bytes of an answer into lines as they come; a last line without an end is one too.
 *
 * @param longest of a line, in characters
 */
export async function* textLines(
  body: AsyncIterable<Uint8Array>,
  longest: number = LONGEST_LINE,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  // In pieces until the line's end is there: to join them with each chunk would take the square of a long line's time.
  let pieces: string[] = [];
  let length = 0;
  const takeLine = (): string => {
    const line = pieces.join("");
    pieces = [];
    length = 0;
    return line;
  };
  for await (const chunk of body) {
    for (const [index, text] of decoder.decode(chunk, { stream: true }).split("\n").entries()) {
      if (index > 0) yield takeLine();
      pieces.push(text);
      length += text.length;
      if (length > longest) yield takeLine();
    }
  }
  if (length > 0) yield takeLine();
}
