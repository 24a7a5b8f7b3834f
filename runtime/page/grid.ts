import { isRecord } from "../job/problem.ts";

/** A value as a table: a row for each object, a column for each of their fields. */
export interface Grid {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/**
 * A value that is a table: a list of objects, or an object with exactly one such list in it.
 *
 * @returns undefined for anything else
 */
export function gridOf(value: unknown): Grid | undefined {
  const lists = isRecord(value) && !Array.isArray(value) ? Object.values(value).filter(isListOfObjects) : [];
  const list = isListOfObjects(value) ? value : lists.length === 1 ? lists[0] : undefined;
  if (list === undefined) return undefined;
  return { columns: [...new Set(list.flatMap((row) => Object.keys(row)))], rows: list };
}

/** What stands beside the tables in a value: names and values. */
export function pairsOf(value: unknown): [string, unknown][] {
  if (!isRecord(value) || Array.isArray(value)) return [];
  return Object.entries(value).filter(([, each]) => !isListOfObjects(each));
}

function isListOfObjects(value: unknown): value is readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) && value.length > 0 && value.every((row) => isRecord(row) && !Array.isArray(row));
}

/** What a row has in a column; undefined where it has nothing there, whatever the column is called. */
export function cellOf(row: Grid["rows"][number], column: string): unknown {
  return Object.hasOwn(row, column) ? row[column] : undefined;
}

/** A cell, or a value of a pair, in one line. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "–";
  if (typeof value === "string") return value;
  return typeof value === "number" ? value.toLocaleString("en") : JSON.stringify(value);
}

/** RFC 4180. A cell that a spreadsheet would run as a formula begins with an apostrophe. https://www.rfc-editor.org/rfc/rfc4180 */
export function csvOf({ columns, rows }: Grid): string {
  const cell = (value: unknown) => {
    const text = value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [columns.map(cell), ...rows.map((row) => columns.map((column) => cell(cellOf(row, column))))]
    .map((cells) => `${cells.join(",")}\r\n`)
    .join("");
}

export function markdownOf({ columns, rows }: Grid): string {
  const cell = (value: unknown) => textOf(value).replaceAll("|", "\\|").replaceAll("\n", " ");
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [
    line(columns.map(cell)),
    line(columns.map(() => "---")),
    ...rows.map((row) => line(columns.map((column) => cell(cellOf(row, column))))),
  ].join("");
}
