import { isRecord } from "../job/problem.ts";

/** A value as a table: a row for each object, a column for each of their fields. */
export interface Grid {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Bounds what one page shows of a value; the JSON has all of it. */
const ROWS_MAX = 200;

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

function isListOfObjects(value: unknown): value is readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) && value.length > 0 && value.every((row) => isRecord(row) && !Array.isArray(row));
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
  return [columns.map(cell), ...rows.map((row) => columns.map((column) => cell(row[column])))]
    .map((cells) => `${cells.join(",")}\r\n`)
    .join("");
}

export function markdownOf({ columns, rows }: Grid): string {
  const cell = (value: unknown) => textOf(value).replaceAll("|", "\\|").replaceAll("\n", " ");
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [
    line(columns.map(cell)),
    line(columns.map(() => "---")),
    ...rows.map((row) => line(columns.map((column) => cell(row[column])))),
  ].join("");
}

/** A value for people: a table, pairs, or JSON where it is neither. */
export function Value({ value, name }: { readonly value: unknown; readonly name: string }) {
  const grid = gridOf(value);
  const pairs =
    isRecord(value) && !Array.isArray(value) ? Object.entries(value).filter(([, each]) => !isListOfObjects(each)) : [];
  if (grid === undefined && pairs.length === 0) {
    return (
      <pre class="value" tabindex={0}>
        <bdi>{JSON.stringify(value, null, 2)}</bdi>
      </pre>
    );
  }
  return (
    <>
      {pairs.length === 0 ? null : <Pairs entries={pairs} />}
      {grid === undefined ? null : <GridTable grid={grid} name={name} />}
    </>
  );
}

/** Names and values, one a line. */
export function Pairs({ entries }: { readonly entries: readonly (readonly [string, unknown])[] }) {
  return (
    <dl class="pairs">
      {entries.map(([name, value]) => (
        <>
          <dt>
            <bdi>{name}</bdi>
          </dt>
          <dd>
            <bdi>{textOf(value)}</bdi>
          </dd>
        </>
      ))}
    </dl>
  );
}

function GridTable({ grid, name }: { readonly grid: Grid; readonly name: string }) {
  const { columns, rows } = grid;
  const numeric = new Set(columns.filter((column) => rows.every((row) => typeof row[column] === "number")));
  return (
    <section class="scroll" tabindex={0} aria-label={name}>
      <table>
        <caption class="vh">{name}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" class={numeric.has(column) ? "num" : undefined}>
                <bdi>{column}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_MAX).map((row) => (
            <tr>
              {columns.map((column) => (
                <td class={numeric.has(column) ? "num" : undefined}>
                  <bdi>{textOf(row[column])}</bdi>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS_MAX ? <p class="note">{rows.length - ROWS_MAX} more rows are in the JSON.</p> : null}
    </section>
  );
}
