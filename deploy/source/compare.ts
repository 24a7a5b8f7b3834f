import { isRecord } from "../../runtime/job/problem.ts";
import { changes, count, duration, mebibytes, triggerWords, wordsOf } from "../../runtime/page/words.ts";
import type { RunDetail } from "./run-source.ts";

/** Two runs beside each other. */
export interface Comparison {
  /** What is known of each, in words. */
  readonly facts: readonly Fact[];
  readonly params: readonly Difference[];
  readonly result: readonly Difference[];
  /** Whether they differ in outcome, parameters or result: how long they took, and when, does not count. */
  readonly isSame: boolean;
  /** One sentence about parameters and result. */
  readonly summary: string;
}

export interface Fact {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly isSame: boolean;
}

/**
 * Compares a run with an earlier one.
 *
 * @param time says a moment, given as RFC 3339
 */
export function comparisonOf(before: RunDetail, after: RunDetail, time: (at: string) => string): Comparison {
  const [old, fresh] = [before.record.report, after.record.report];
  const params = differences(old.params ?? {}, fresh.params ?? {});
  const result = differences(old.result, fresh.result);
  const hasResult = old.result !== undefined || fresh.result !== undefined;
  return {
    facts: factsOf(before, after, time),
    params,
    result,
    isSame: params.length + result.length === 0 && before.entry.outcome === after.entry.outcome,
    summary: summaryOf(params, result, hasResult),
  };
}

function summaryOf(params: readonly Difference[], result: readonly Difference[], hasResult: boolean): string {
  if (params.length + result.length === 0) {
    return hasResult ? "The same parameters, and the same result." : "The same parameters; neither run left a result.";
  }
  const parts = [
    ...(params.length === 0 ? [] : [count(params.length, "parameter")]),
    ...(result.length === 0 ? [] : [`${count(result.length, "place")} of the result`]),
  ];
  return `They differ in ${parts.join(" and ")}.`;
}

function factsOf(before: RunDetail, after: RunDetail, time: (at: string) => string): Fact[] {
  const facts: readonly (readonly [string, (run: RunDetail) => string])[] = [
    ["Outcome", ({ entry }) => `${wordsOf(entry.outcome).word}${entry.dryRun ? " (dry run)" : ""}`],
    ["Started", ({ entry }) => time(entry.startedAt)],
    ["Took", ({ entry }) => duration(entry.durationMs)],
    ["Revision", ({ entry }) => entry.revision],
    ["Trigger", ({ entry }) => triggerWords(entry)],
    ["Changed", ({ entry }) => changes(entry) || "nothing"],
    ["Requests", ({ record }) => record.report.requests.toLocaleString("en")],
    ["Memory at peak", ({ record }) => mebibytes(record.report.peakMemoryBytes)],
    ["Node", ({ node }) => node ?? "–"],
    ["Message", ({ entry }) => entry.message ?? "–"],
  ];
  return facts.map(([name, of]) => {
    const [left, right] = [of(before), of(after)];
    return { name, before: left, after: right, isSame: left === right };
  });
}

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
