import { isRecord } from "../../runtime/job/problem.ts";

/** Something that two values do not have alike. */
export interface Difference {
  /** Where it is: `pods.running`, `[shop].images`. */
  readonly path: string;
  /** Absent where only the other has it. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/**
 * Finds what two values differ in: two results, two sets of parameters. Rows of a table are matched by the column that names them, lists of plain values by what is in them, so that
 * one more row is one difference.
 */
export function differences(before: unknown, after: unknown, path = ""): Difference[] {
  if (isSame(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return ofLists(before, after, path);
  if (isPlain(before) && isPlain(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      differences(valueIn(before, name), valueIn(after, name), path === "" ? name : `${path}.${name}`),
    );
  }
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && !Array.isArray(value);
}

function valueIn(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

function ofLists(before: readonly unknown[], after: readonly unknown[], path: string): Difference[] {
  const key = keyColumn(before, after);
  if (key !== undefined) return ofRows(before.filter(isPlain), after.filter(isPlain), key, path);
  if (![...before, ...after].every(isScalar)) return [{ path, before, after }];
  const gone = before.filter((value) => !after.includes(value));
  const added = after.filter((value) => !before.includes(value));
  // The same values in another order, or another number of times.
  if (gone.length === 0 && added.length === 0) return [{ path, before, after }];
  return [
    ...gone.map((value) => ({ path: `${path}[]`, before: value })),
    ...added.map((value) => ({ path: `${path}[]`, after: value })),
  ];
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function ofRows(
  before: readonly Readonly<Record<string, unknown>>[],
  after: readonly Readonly<Record<string, unknown>>[],
  key: string,
  path: string,
): Difference[] {
  const old = new Map(before.map((row) => [row[key], row]));
  const fresh = new Map(after.map((row) => [row[key], row]));
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((name) =>
    differences(old.get(name), fresh.get(name), `${path}[${String(name)}]`),
  );
}

/** The first column that has another text in every row of each list: a name, if any is. */
function keyColumn(before: readonly unknown[], after: readonly unknown[]): string | undefined {
  const lists = [before, after].filter((list) => list.length > 0);
  const [first] = lists[0] ?? [];
  if (!isPlain(first)) return undefined;
  return Object.keys(first).find((column) =>
    lists.every((list) => {
      const texts = list.map((row) => (isPlain(row) ? valueIn(row, column) : undefined));
      return texts.every((text) => typeof text === "string") && new Set(texts).size === texts.length;
    }),
  );
}
