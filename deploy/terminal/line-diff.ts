/** Lines shown before and after each difference. */
const CONTEXT = 2;

/** Texts longer than this are not compared line by line: the table would need the square of it. */
const LINES_MAX = 2_000;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/**
 * Compares two texts line by line.
 *
 * @returns the lines that differ, marked `-` and `+`, with two lines around each; `…` stands for what is left out; nothing where the texts are the same
 */
export function lineDiff(before: string, after: string): string[] {
  if (before === after) return [];
  const [old, now] = [before.split("\n"), after.split("\n")];
  if (Math.max(old.length, now.length) > LINES_MAX) return [`- ${old.length} lines`, `+ ${now.length} lines`];
  return withContext(compare(old, now));
}

/** By the longest common subsequence. */
function compare(old: readonly string[], now: readonly string[]): Line[] {
  const width = now.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = now.length - 1; column >= 0; column -= 1) {
      const isSame = old[row] === now[column];
      const longest = isSame ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
      common[row * width + column] = longest;
    }
  }
  const lines: Line[] = [];
  let [row, column] = [0, 0];
  while (row < old.length || column < now.length) {
    const [removed, added] = [old[row], now[column]];
    if (removed !== undefined && removed === added) {
      lines.push({ sign: " ", text: removed });
      row += 1;
      column += 1;
    } else if (added === undefined || (removed !== undefined && at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ sign: "-", text: removed ?? "" });
      row += 1;
    } else {
      lines.push({ sign: "+", text: added });
      column += 1;
    }
  }
  return lines;
}

function withContext(lines: readonly Line[]): string[] {
  const isShown = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== " "),
  );
  return lines.flatMap(({ sign, text }, index) => {
    if (isShown[index]) return [`${sign} ${text}`];
    return index > 0 && isShown[index - 1] ? ["…"] : [];
  });
}
