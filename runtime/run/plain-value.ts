import type { Json } from "../job/definition.ts";

/** Bounds of one value in the log: beyond them it is cut, and says so. A kubelet reads a log line of any length, people do not. */
const MAX_DEPTH = 8;
const MAX_ITEMS = 200;
const MAX_TEXT = 16_384;

/** What a value looks like in the log: JSON whatever it was, and never an exception. Use toJson where a loss must be an error. */
export function toPlain(value: unknown): Json {
  return convert(value, []);
}

function convert(value: unknown, ancestors: readonly object[]): Json {
  switch (typeof value) {
    case "string":
      return value.length <= MAX_TEXT
        ? value
        : `${value.slice(0, MAX_TEXT)}… (${value.length - MAX_TEXT} more characters)`;
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      return value === null ? null : convertObject(value, ancestors);
    case "undefined":
      return null;
    case "function":
      return "[function]";
    default:
      return String(value);
  }
}

function convertObject(value: object, ancestors: readonly object[]): Json {
  if (ancestors.includes(value)) return "[cycle]";
  if (ancestors.length >= MAX_DEPTH) return "[deeper]";
  try {
    return convertParts(value, [...ancestors, value]);
  } catch {
    return "[unreadable]"; // a getter, a toJSON or a revoked proxy that throws
  }
}

function convertParts(value: object, ancestors: readonly object[]): Json {
  if (Array.isArray(value) || value instanceof Set) return convertList([...value], ancestors);
  if (value instanceof Map)
    return convertEntries(
      [...value].map(([key, item]) => [String(key), item]),
      ancestors,
    );
  if (value instanceof Error) return convertEntries(partsOfError(value), ancestors);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if ("toJSON" in value && typeof value.toJSON === "function") return convert(value.toJSON(""), ancestors);
  return convertEntries(Object.entries(value), ancestors);
}

function convertList(items: readonly unknown[], ancestors: readonly object[]): Json {
  const shown = items.slice(0, MAX_ITEMS).map((item) => convert(item, ancestors));
  return items.length > MAX_ITEMS ? [...shown, `… (${items.length - MAX_ITEMS} more)`] : shown;
}

function convertEntries(entries: readonly (readonly [string, unknown])[], ancestors: readonly object[]): Json {
  const shown = entries
    .filter(([, item]) => item !== undefined)
    .slice(0, MAX_ITEMS)
    .map(([key, item]): [string, Json] => [key, convert(item, ancestors)]);
  if (entries.length > MAX_ITEMS) shown.push(["…", `${entries.length - MAX_ITEMS} more`]);
  return Object.fromEntries(shown);
}

/** Name and message are not enumerable; what a library added (`code`, `reason`) is. */
function partsOfError(error: Error): [string, unknown][] {
  return [["name", error.name], ["message", error.message], ...Object.entries(error), ["cause", error.cause]];
}
