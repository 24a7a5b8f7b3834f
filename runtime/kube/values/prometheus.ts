import type { Sample } from "../surface/call-results.ts";

const NAME = /^[A-Za-z_:][\w:]*/;
const LABEL = /\s*([A-Za-z_]\w*)="((?:[^"\\\n]|\\.)*)"\s*(?:,|(?=\}))/y;
/** A value, optionally with a timestamp and an OpenMetrics exemplar. */
const VALUE = /^\s+(\S+)(?:\s+-?[\d.]+)?\s*(?:#.*)?$/;
const TYPE = /^#\s+TYPE\s+(\S+)\s+(\S+)/;

/**
 * Parses metrics line by line. Skips everything but samples (comments, help, invalid lines).
 *
 * @param lines of a `/metrics` answer
 */
export async function* parseMetrics(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<Sample, void, undefined> {
  const types = new Map<string, string>();
  for await (const line of lines) {
    const declared = TYPE.exec(line);
    if (declared !== null) types.set(declared[1] ?? "", declared[2] ?? "");
    const sample = line.startsWith("#") ? undefined : parseSample(line, types);
    if (sample !== undefined) yield sample;
  }
}

function parseSample(line: string, types: ReadonlyMap<string, string>): Sample | undefined {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return undefined;
  const labelled = parseLabels(line, name.length);
  if (labelled === undefined) return undefined;
  const value = parseValue(VALUE.exec(line.slice(labelled.end))?.[1]);
  if (value === undefined) return undefined;
  const type = types.get(name) ?? types.get(name.replace(/_(?:bucket|count|sum|total|created)$/, ""));
  return { name, labels: labelled.labels, value, ...(type === undefined ? {} : { type }) };
}

function parseValue(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text === "NaN") return Number.NaN;
  const infinite = /^([+-]?)Inf$/.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** Parses the optional `{name="value",…}` at `start`. */
function parseLabels(
  line: string,
  start: number,
): { readonly labels: Record<string, string>; readonly end: number } | undefined {
  if (line[start] !== "{") return { labels: {}, end: start };
  const pairs: [string, string][] = [];
  let end = start + 1;
  while (line[end] !== "}") {
    LABEL.lastIndex = end;
    const match = LABEL.exec(line);
    if (match === null) return undefined;
    pairs.push([match[1] ?? "", (match[2] ?? "").replace(/\\(.)/g, (_all, one: string) => (one === "n" ? "\n" : one))]);
    end = LABEL.lastIndex;
  }
  return { labels: Object.fromEntries(pairs), end: end + 1 };
}
