import { isRecord } from "../../../runtime/job/problem.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { REPORT_SCHEMA, type Schema } from "./report-schema.ts";

/** What a text says that may be a report: the report, or why it is none although it says that it is one. */
export type ReportReading =
  | { readonly report: Report; readonly problem?: never }
  | { readonly report?: never; readonly problem: string };

const DEFINITIONS = REPORT_SCHEMA.$defs ?? {};
const OUTCOMES = REPORT_SCHEMA.properties?.outcome?.enum ?? [];

/** What a job returns is as deep as its own data; what is deeper would end the stack of whoever writes it out again. */
const DEPTH_MAX = 200;

/** RFC 3339. https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Reads a report out of a termination message or a line of a log, and holds all of it against `report.schema.json` before a field of it is used. Fields that the
 * schema does not know are left out, and an outcome that it does not know is `unknown`: both are a newer errand's.
 *
 * @returns undefined for anything else, such as the message of a container that never ran our process
 */
export function readReport(text: string | undefined): ReportReading | undefined {
  if (text === undefined || !text.includes('"errand/v1"')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text.startsWith("{") ? { problem: "it is cut off, or is not JSON" } : undefined;
  }
  if (!isRecord(value) || value.apiVersion !== "errand/v1" || value.kind !== "Report") return undefined;
  const isNewer = typeof value.outcome === "string" && !OUTCOMES.includes(value.outcome);
  try {
    return { report: checked(REPORT_SCHEMA, isNewer ? { ...value, outcome: "unknown" } : value, "") as Report };
  } catch (error) {
    if (error instanceof Mismatch) return { problem: error.message };
    throw error;
  }
}

/** The report that a run of this Job left in a text. One of another run is none of it. */
export function reportOf(job: { readonly metadata: { readonly name: string } }, text: string | undefined) {
  const reading = readReport(text);
  const { id } = reading?.report?.run ?? {};
  if (id === undefined || id === job.metadata.name) return reading;
  return { problem: `it is of run ${id}` } satisfies ReportReading;
}

/** The report in a text, where there is one that can be read. */
export function parseReport(text: string | undefined): Report | undefined {
  return readReport(text)?.report;
}

class Mismatch extends Error {
  constructor(place: string, expected: string) {
    super(`${place === "" ? "it" : place} is not ${expected}`);
  }
}

/** @returns the value with what the schema knows of it, and nothing else */
function checked(one: Schema, value: unknown, place: string): unknown {
  const { $ref, oneOf } = one;
  if ($ref !== undefined) return checked(DEFINITIONS[$ref.replace("#/$defs/", "")] ?? {}, value, place);
  if (oneOf !== undefined) return firstOf(oneOf, value, place);
  if ("const" in one && value !== one.const) throw new Mismatch(place, JSON.stringify(one.const));
  if (one.enum?.includes(value) === false) throw new Mismatch(place, `one of ${one.enum.join(", ")}`);
  switch (one.type) {
    case "object":
      return checkedObject(one, value, place);
    case "array":
      if (!Array.isArray(value)) throw new Mismatch(place, "a list");
      if (value.length > (one.maxItems ?? Number.POSITIVE_INFINITY))
        throw new Mismatch(place, `a list of at most ${one.maxItems}`);
      return value.map((item, index) => checked(one.items ?? {}, item, `${place}[${index}]`));
    case "string":
      if (typeof value !== "string") throw new Mismatch(place, "text");
      if (one.format === "date-time" && !isDateTime(value)) throw new Mismatch(place, "a time");
      return value;
    case "integer":
      if (!Number.isSafeInteger(value)) throw new Mismatch(place, "a whole number");
      if (Number(value) < (one.minimum ?? Number.NEGATIVE_INFINITY))
        throw new Mismatch(place, `${one.minimum} or more`);
      return value;
    case "boolean":
      if (typeof value !== "boolean") throw new Mismatch(place, "true or false");
      return value;
    default:
      refuseDeep(value, place);
      return value;
  }
}

function firstOf(alternatives: readonly Schema[], value: unknown, place: string): unknown {
  for (const each of alternatives) {
    try {
      return checked(each, value, place);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
    }
  }
  throw new Mismatch(place, "any of what it may be");
}

/** Names such as `__proto__` are names here: an object is made of entries, never by assignment. */
function checkedObject(one: Schema, value: unknown, place: string): object {
  if (!isRecord(value) || Array.isArray(value)) throw new Mismatch(place, "an object");
  const { properties = {}, required = [], additionalProperties } = one;
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw new Mismatch(inside(place, missing), "there");
  const entries = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    const known = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    return typeof known === "object" ? [[name, checked(known, inner, inside(place, name))]] : [];
  });
  return Object.fromEntries(entries);
}

function inside(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}

function isDateTime(text: string): boolean {
  return DATE_TIME.test(text) && !Number.isNaN(Date.parse(text));
}

function refuseDeep(value: unknown, place: string): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAX) throw new Mismatch(place, `at most ${DEPTH_MAX} levels deep`);
    level = level.flatMap((each): unknown[] => (isRecord(each) ? Object.values(each) : []));
  }
}
