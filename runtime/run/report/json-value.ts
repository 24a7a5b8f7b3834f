import type { Json } from "../../job/definition.ts";

/** Maximum depth of a strict copy: more than any readable data, and well below the recursion limit. */
const MAX_STRICT_DEPTH = 100;
/** Limits for one value in the log; beyond them it is truncated with a note. The kubelet would take lines of any length. */
const MAX_LOGGED_DEPTH = 8;
const MAX_LOGGED_ITEMS = 200;
const MAX_LOGGED_TEXT = 16_384;

/** A value that JSON cannot represent. The message says where it is, what it is, and what to write instead. */
export class NotJsonError extends Error {
  override readonly name = "NotJsonError";
}

/**
 * Copies a value that must be JSON. Undefined properties are left out; anything that JSON.stringify would silently lose or change
 * (a Map becomes `{}`, NaN becomes null, a forgotten promise `{}`) is an error. Calls an object's own `toJSON`, except a Date's.
 *
 * @param place the value's name in messages, such as `result`
 * @throws {NotJsonError}
 */
export function toJson(value: unknown, place: string): Json {
  return copy(value, place, []);
}

function copy(value: unknown, place: string, ancestors: readonly object[]): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") throw new NotJsonError(`${place} is ${describeScalar(value)}`);
  if (ancestors.includes(value)) throw new NotJsonError(`${place} is a cycle: it contains itself`);
  if (ancestors.length >= MAX_STRICT_DEPTH) {
    throw new NotJsonError(`${place} is nested more than ${MAX_STRICT_DEPTH} levels deep`);
  }
  return copyObject(value, place, [...ancestors, value]);
}

function copyObject(value: object, place: string, ancestors: readonly object[]): Json {
  if (Array.isArray(value)) {
    return Array.from(value, (item: unknown, index) => copy(item, `${place}[${index}]`, ancestors));
  }
  const refusal = describeObject(value);
  if (refusal !== undefined) throw new NotJsonError(`${place} is ${refusal}`);
  if ("toJSON" in value && typeof value.toJSON === "function") return copy(value.toJSON(""), place, ancestors);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, copy(item, placeOf(place, key), ancestors)]));
}

function placeOf(parent: string, key: string): string {
  return /^[\w$-]+$/.test(key) ? `${parent}.${key}` : `${parent}[${JSON.stringify(key)}]`;
}

function describeScalar(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return "a BigInt: write String(value), or Number(value) if it is small enough";
    case "number":
      return `${value}, which JSON cannot represent: write null or a string`;
    case "undefined":
      return "undefined inside a list: leave it out, or write null";
    default:
      return `a ${typeof value}, which JSON cannot represent`;
  }
}

/** Describes an object that JSON.stringify would lose; undefined for plain data. */
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

/** Runs before truncation, because a truncated secret could not be recognized. */
type Redact = (text: string) => string;

/** Converts any value to JSON for the log, and never throws. Use toJson if a loss must be an error. */
export function toPlain(value: unknown, redact: Redact = (text) => text): Json {
  return show(value, [], redact);
}

function show(value: unknown, ancestors: readonly object[], redact: Redact): Json {
  switch (typeof value) {
    case "string":
      return value.length <= MAX_LOGGED_TEXT ? value : cut(redact(value));
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      return value === null ? null : showObject(value, ancestors, redact);
    case "undefined":
      return null;
    case "function":
      return "[function]";
    default:
      return String(value);
  }
}

function cut(text: string): string {
  const rest = text.length - MAX_LOGGED_TEXT;
  return rest <= 0 ? text : `${text.slice(0, MAX_LOGGED_TEXT)}… (${rest} more characters)`;
}

function showObject(value: object, ancestors: readonly object[], redact: Redact): Json {
  if (ancestors.includes(value)) return "[cycle]";
  if (ancestors.length >= MAX_LOGGED_DEPTH) return "[deeper]";
  try {
    return showParts(value, [...ancestors, value], redact);
  } catch {
    return "[unreadable]"; // a getter, a toJSON or a revoked proxy that throws
  }
}

function showParts(value: object, ancestors: readonly object[], redact: Redact): Json {
  const showEntries = (entries: readonly (readonly [string, unknown])[]): Json => {
    const shown = entries
      .filter(([, item]) => item !== undefined)
      .slice(0, MAX_LOGGED_ITEMS)
      .map(([key, item]): [string, Json] => [key, show(item, ancestors, redact)]);
    if (entries.length > MAX_LOGGED_ITEMS) shown.push(["…", `${entries.length - MAX_LOGGED_ITEMS} more`]);
    return Object.fromEntries(shown);
  };
  if (Array.isArray(value) || value instanceof Set) return showList([...value], ancestors, redact);
  if (value instanceof Map) return showEntries([...value].map(([key, item]) => [String(key), item]));
  if (value instanceof Error) return showEntries(partsOfError(value));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if ("toJSON" in value && typeof value.toJSON === "function") return show(value.toJSON(""), ancestors, redact);
  return showEntries(Object.entries(value));
}

function showList(items: readonly unknown[], ancestors: readonly object[], redact: Redact): Json {
  const shown = items.slice(0, MAX_LOGGED_ITEMS).map((item) => show(item, ancestors, redact));
  return items.length > MAX_LOGGED_ITEMS ? [...shown, `… (${items.length - MAX_LOGGED_ITEMS} more)`] : shown;
}

/** Name and message are not enumerable; a library's own fields (`code`, `reason`) are. */
function partsOfError(error: Error): [string, unknown][] {
  return [["name", error.name], ["message", error.message], ...Object.entries(error), ["cause", error.cause]];
}
