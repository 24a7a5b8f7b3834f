import type { Json } from "../../job/definition.ts";

/** Bounds of one value in the log: beyond them it is cut, and says so. A kubelet reads a log line of any length, people do not. */
const MAX_DEPTH = 8;
const MAX_ITEMS = 200;
const MAX_TEXT = 16_384;

/** Takes secrets out of a text before it is cut: what is left of one could not be told any more. */
type Redact = (text: string) => string;

/** What a value looks like in the log: JSON whatever it was, and never an exception. Use toJson where a loss must be an error. */
export function toPlain(value: unknown, redact: Redact = (text) => text): Json {
  return convert(value, [], redact);
}

function convert(value: unknown, ancestors: readonly object[], redact: Redact): Json {
  switch (typeof value) {
    case "string":
      return value.length <= MAX_TEXT ? value : cut(redact(value));
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      return value === null ? null : convertObject(value, ancestors, redact);
    case "undefined":
      return null;
    case "function":
      return "[function]";
    default:
      return String(value);
  }
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more characters)`;
}

function convertObject(value: object, ancestors: readonly object[], redact: Redact): Json {
  if (ancestors.includes(value)) return "[cycle]";
  if (ancestors.length >= MAX_DEPTH) return "[deeper]";
  try {
    return convertParts(value, [...ancestors, value], redact);
  } catch {
    return "[unreadable]"; // a getter, a toJSON or a revoked proxy that throws
  }
}

function convertParts(value: object, ancestors: readonly object[], redact: Redact): Json {
  if (Array.isArray(value) || value instanceof Set) return convertList([...value], ancestors, redact);
  if (value instanceof Map)
    return convertEntries(
      [...value].map(([key, item]) => [String(key), item]),
      ancestors,
      redact,
    );
  if (value instanceof Error) return convertEntries(partsOfError(value), ancestors, redact);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if ("toJSON" in value && typeof value.toJSON === "function") return convert(value.toJSON(""), ancestors, redact);
  return convertEntries(Object.entries(value), ancestors, redact);
}

function convertList(items: readonly unknown[], ancestors: readonly object[], redact: Redact): Json {
  const shown = items.slice(0, MAX_ITEMS).map((item) => convert(item, ancestors, redact));
  return items.length > MAX_ITEMS ? [...shown, `… (${items.length - MAX_ITEMS} more)`] : shown;
}

function convertEntries(
  entries: readonly (readonly [string, unknown])[],
  ancestors: readonly object[],
  redact: Redact,
): Json {
  const shown = entries
    .filter(([, item]) => item !== undefined)
    .slice(0, MAX_ITEMS)
    .map(([key, item]): [string, Json] => [key, convert(item, ancestors, redact)]);
  if (entries.length > MAX_ITEMS) shown.push(["…", `${entries.length - MAX_ITEMS} more`]);
  return Object.fromEntries(shown);
}

/** Name and message are not enumerable; what a library added (`code`, `reason`) is. */
function partsOfError(error: Error): [string, unknown][] {
  return [["name", error.name], ["message", error.message], ...Object.entries(error), ["cause", error.cause]];
}
