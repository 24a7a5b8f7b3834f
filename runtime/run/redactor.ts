import type { Json } from "../job/definition.ts";

/** What stands where a secret was. */
export const REDACTED = "[redacted]";

/** A shorter secret is replaced only where a value is nothing but the secret: as a part of texts it would hide every other word. */
const SHORTEST_PART = 4;

/** Takes secret values out of whatever leaves the run. */
export interface Redactor {
  /** Adds a secret: a text, a number, or anything made of them. */
  add(secret: unknown): void;
  text(text: string): string;
  json(value: Json): Json;
}

/** Makes a redactor that knows no secret yet. */
export function createRedactor(): Redactor {
  const whole = new Set<string>();
  let parts: readonly string[] = [];

  function add(secret: unknown): void {
    if (typeof secret === "object" && secret !== null) {
      for (const part of Object.values(secret)) add(part);
      return;
    }
    if (typeof secret !== "string" && typeof secret !== "number" && typeof secret !== "bigint") return;
    const text = String(secret);
    if (text === "") return;
    whole.add(text);
    if (text.length < SHORTEST_PART) return;
    // Longest first: where one form contains another, nothing of the longer one may be left over.
    parts = [...new Set([...parts, ...formsOf(text)])].sort((one, other) => other.length - one.length);
  }

  function text(value: string): string {
    if (whole.has(value)) return REDACTED;
    return parts.reduce((rest, part) => rest.replaceAll(part, REDACTED), value);
  }

  function json(value: Json): Json {
    if (whole.size === 0) return value;
    if (typeof value === "string") return text(value);
    if (typeof value === "number") return whole.has(String(value)) ? REDACTED : value;
    if (typeof value !== "object" || value === null) return value;
    if (isList(value)) return value.map(json);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [text(key), item === undefined ? undefined : json(item)]),
    );
  }

  return { add, text, json };
}

/** Array.isArray does not narrow a readonly array. */
function isList(value: Json & object): value is readonly Json[] {
  return Array.isArray(value);
}

/** A secret as it looks inside JSON, a URL or base64: how it most often comes along in another text. */
function formsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    Buffer.from(secret).toString("base64"),
  ];
}
