import type { Json } from "../../job/definition.ts";

/** Far deeper than data that people read, and far from where recursion would exhaust the stack. */
const MAX_DEPTH = 100;

/** A value that JSON cannot hold as it is. The message names its place, what it is, and what to write instead. */
export class NotJsonError extends Error {
  override readonly name = "NotJsonError";
}

/**
 * Copies a value that must be JSON. Properties that are undefined are left out; whatever JSON.stringify would lose or change in silence
 * (a Map becomes `{}`, NaN becomes null, a forgotten promise `{}`) is an error. An object with its own `toJSON`, except a Date, is asked for it.
 *
 * @param place what the value is called in messages, such as `result`
 * @throws {NotJsonError}
 */
export function toJson(value: unknown, place: string): Json {
  return convert(value, place, []);
}

function convert(value: unknown, place: string, ancestors: readonly object[]): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") throw new NotJsonError(`${place} is ${describeScalar(value)}`);
  if (ancestors.includes(value)) throw new NotJsonError(`${place} is a cycle: it contains itself`);
  if (ancestors.length >= MAX_DEPTH) throw new NotJsonError(`${place} is nested more than ${MAX_DEPTH} levels deep`);
  return convertObject(value, place, [...ancestors, value]);
}

function convertObject(value: object, place: string, ancestors: readonly object[]): Json {
  if (Array.isArray(value)) {
    return Array.from(value, (item: unknown, index) => convert(item, `${place}[${index}]`, ancestors));
  }
  const refusal = describeObject(value);
  if (refusal !== undefined) throw new NotJsonError(`${place} is ${refusal}`);
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return convert(value.toJSON(""), place, ancestors);
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, convert(item, placeOf(place, key), ancestors)]));
}

function placeOf(parent: string, key: string): string {
  return /^[\w$-]+$/.test(key) ? `${parent}.${key}` : `${parent}[${JSON.stringify(key)}]`;
}

function describeScalar(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return "a BigInt: write String(value), or Number(value) where it is small enough";
    case "number":
      return `${value}, which JSON does not have: write null or a text`;
    case "undefined":
      return "undefined inside a list: leave it out, or write null";
    default:
      return `a ${typeof value}, which JSON does not have`;
  }
}

/** What an object is that would not survive JSON.stringify; undefined for plain data. */
function describeObject(value: object): string | undefined {
  if (value instanceof Date) return "a Date: write date.toISOString()";
  if (value instanceof Map) return "a Map: write Object.fromEntries(map)";
  if (value instanceof Set) return "a Set: write [...set]";
  if (value instanceof Error) return "an Error: write error.message, or throw it";
  if (value instanceof RegExp) return "a RegExp: write regexp.source";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return "bytes: write Buffer.from(bytes).toString('base64')";
  if ("then" in value && typeof value.then === "function") return "a promise: await it";
  return undefined;
}
