import type { Json } from "../../job/definition.ts";
import {
  asItIs,
  BASE64_CHARACTERS,
  type Decoded,
  decodeBase64,
  READINGS,
  unescapeAll,
  unescapedText,
} from "./encodings.ts";
import { createScreen, type Screen, spareOf } from "./screen.ts";

export const REDACTED = "[redacted]";

/** A shorter secret is replaced only as a whole value: within text it would match ordinary words. */
const SHORTEST_PART = 4;
/** Minimum length of a line of a secret, or of a value in a JSON secret, to count as a secret itself: shorter ones are words such as `true`. */
const SHORTEST_PIECE = 6;
/** A Secret's data is base64 of a value that may itself be base64. */
const BASE64_LAYERS = 2;
/** Maximum part of an unfinished line to search for the beginning of a secret, in bytes: more than a fully escaped secret takes. */
const LONGEST_BEGINNING = 1 << 16;
const BYTES_ESCAPED = 12;
/** If the rest of a secret never comes, its beginning is printed only if shorter than this, in bytes. */
const LONGEST_TOLD = 8;

/** Redacts secrets from everything that leaves the run. */
export interface Redactor {
  /** Adds a secret: a string, a number, or a structure of them. */
  add(secret: unknown): void;
  /** Adds values that may be secret, until it is known which are. @returns a function that removes them */
  suspect(values: unknown): () => void;
  text(text: string): string;
  json(value: Json): Json;
  /** JSON as one line of text. */
  line(value: Json): string;
  /**
   * Redacts a chunk of a stream. What may be the beginning of a secret is returned as `held`, to prepend to the next chunk; complete lines are never held.
   *
   * @param isLast nothing follows
   */
  bytes(bytes: Buffer, isLast: boolean): { readonly clean: Buffer; readonly held: Buffer };
}

/** A fully decoded secret, or a line of one. */
interface Needle {
  readonly text: string;
  /** See {@link spareOf}. */
  readonly spare: number;
}

/** The position of a secret, end exclusive. */
type Range = readonly [start: number, end: number];

export function createRedactor(): Redactor {
  const known = new Set<string>();
  const suspects = new Map<symbol, readonly string[]>();
  let whole = new Set<string>();
  let needles: readonly Needle[] = [];
  let screen: Screen = createScreen([]);
  let hasShort = false;
  let longestBeginning = 0;

  function rebuild(): void {
    whole = new Set([...known, ...[...suspects.values()].flat()]);
    const pieces = [...new Set([...whole].flatMap(piecesOf))];
    needles = [...new Set(pieces.flatMap(formsOf))].map((text) => ({ text, spare: spareOf(text) }));
    screen = createScreen(pieces);
    hasShort = [...whole].some((text) => text.length < SHORTEST_PART);
    const longest = Math.max(0, ...needles.map(({ text }) => text.length));
    longestBeginning = Math.min(LONGEST_BEGINNING, longest * BYTES_ESCAPED);
  }

  function add(secret: unknown): void {
    const before = known.size;
    for (const text of textsOf(secret)) known.add(text);
    if (known.size > before) rebuild();
  }

  function suspect(values: unknown): () => void {
    const key = Symbol();
    suspects.set(key, textsOf(values));
    rebuild();
    return () => {
      if (suspects.delete(key)) rebuild();
    };
  }

  function text(value: string): string {
    if (whole.has(value)) return REDACTED;
    if (!screen.mayHold(value)) return value;
    const bytes = Buffer.from(value).toString("latin1");
    const ranges = rangesIn(asItIs(bytes), needles, screen);
    return ranges.length === 0 ? value : Buffer.from(replace(bytes, ranges), "latin1").toString();
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

  function line(value: Json): string {
    const written = JSON.stringify(value);
    return hasShort || screen.mayHold(written) ? JSON.stringify(json(value)) : written;
  }

  function bytes(given: Buffer, isLast: boolean): ReturnType<Redactor["bytes"]> {
    const none = { clean: given, held: given.subarray(given.length) };
    if (needles.length === 0 || given.length === 0) return none;
    const latin = given.toString("latin1");
    const lineEnd = latin.lastIndexOf("\n") + 1;
    const tailFrom = Math.max(lineEnd, latin.length - longestBeginning);
    const ranges = screen.mayHold(latin) ? rangesIn(asItIs(latin), needles, screen) : [];
    const isOpen = tailFrom < latin.length;
    const find = isLast ? begunIn : beginningIn;
    const open = isOpen ? tailFrom + find(latin.slice(tailFrom), needles) : latin.length;
    if (isLast && latin.length - open >= LONGEST_TOLD) ranges.push([open, latin.length]);
    // The end of a redacted secret may look like the beginning of another.
    const isGone = ranges.some(([start, end]) => start < open && open < end);
    const heldFrom = isLast || isGone ? latin.length : open;
    if (ranges.length === 0 && heldFrom === latin.length) return none;
    const clean = replace(
      latin.slice(0, heldFrom),
      ranges.filter(([start]) => start < heldFrom),
    );
    return { clean: Buffer.from(clean, "latin1"), held: given.subarray(heldFrom) };
  }

  return { add, suspect, text, json, line, bytes };
}

/** The positions of secrets in a text, unordered. */
function rangesIn(original: Decoded, needles: readonly Needle[], screen: Screen, layers = 0): Range[] {
  const texts = [original.text, ...READINGS.map((reading) => unescapedText(original.text, reading))];
  if (!texts.some(screen.mayHoldPlain)) return [];
  const readings = readingsOf(original.text);
  const ranges: Range[] = [];
  for (const decoded of readings) {
    for (const { text, spare } of needles) {
      const missing = layers === 0 ? 0 : spare;
      const wanted = text.slice(missing);
      for (let at = decoded.text.indexOf(wanted); at >= 0; at = decoded.text.indexOf(wanted, at + 1)) {
        const from = decoded.text.startsWith(text, at - missing) ? at - missing : at;
        const end = decoded.end(at + wanted.length - 1);
        ranges.push([original.start(decoded.start(from)), original.end(end - 1)]);
      }
    }
  }
  if (layers === BASE64_LAYERS) return ranges;
  for (const decoded of base64In(original, readings))
    if (screen.mayHold(decoded.text)) ranges.push(...rangesIn(decoded, needles, screen, layers + 1));
  return ranges;
}

/** Base64 characters, including their escapes in JSON and URLs. Decoding must not start in the middle of such a run. */
const BASE64_CHARACTER = /[\w+/%\\-]/;

/** Where a secret may begin at the end of an unfinished text; the text's length if none does. */
function beginningIn(text: string, needles: readonly Needle[]): number {
  let run = text.length;
  while (run > 0 && BASE64_CHARACTER.test(text.charAt(run - 1))) run--;
  const cuts = readingsOf(text, { isOpen: true }).map(({ cutAt }) => cutAt ?? text.length);
  return Math.min(run, ...cuts, begunIn(text, needles));
}

/** Where an incomplete secret begins at the end of a text; the text's length if none does. */
function begunIn(text: string, needles: readonly Needle[]): number {
  let first = text.length;
  for (const decoded of readingsOf(text, { isOpen: true })) {
    for (const needle of needles) {
      const overlap = overlapOf(decoded.text, needle.text);
      if (overlap > 0) first = Math.min(first, decoded.start(decoded.text.length - overlap));
    }
  }
  return first;
}

/** Length of the longest suffix of a text that is a proper prefix of a secret. */
function overlapOf(text: string, secret: string): number {
  let from = Math.max(0, text.length - secret.length + 1);
  for (from = text.indexOf(secret.charAt(0), from); from >= 0; from = text.indexOf(secret.charAt(0), from + 1)) {
    if (secret.startsWith(text.slice(from))) return text.length - from;
  }
  return 0;
}

/** The unescaped readings first; also the text unchanged, because the characters before a secret can turn its first letters into an escape. */
function readingsOf(text: string, options?: { readonly isOpen: boolean }): Decoded[] {
  return [...READINGS.map((reading) => unescapeAll(text, reading, options)), asItIs(text)];
}

/** A text decoded as base64, in each of the four alignments. */
function base64In(original: Decoded, [unescaped = original]: readonly Decoded[]): Decoded[] {
  const inOriginal: Decoded = {
    text: unescaped.text,
    start: (index) => original.start(unescaped.start(index)),
    end: (index) => original.end(unescaped.end(index) - 1),
  };
  return Array.from({ length: BASE64_CHARACTERS }, (_, missing) => decodeBase64(inOriginal, missing));
}

function replace(text: string, ranges: readonly Range[]): string {
  let clean = "";
  let done = 0;
  for (const [start, end] of [...ranges].sort(([one], [other]) => one - other)) {
    if (start >= done) clean += text.slice(done, start) + REDACTED;
    done = Math.max(done, end);
  }
  return clean + text.slice(done);
}

/** All strings and numbers in a structure. */
function textsOf(secret: unknown): string[] {
  if (typeof secret === "object" && secret !== null) return Object.values(secret).flatMap(textsOf);
  if (typeof secret !== "string" && typeof secret !== "number" && typeof secret !== "bigint") return [];
  // A file often ends with a line break that a job trims.
  return [String(secret), String(secret).trim()].filter((text) => text !== "");
}

/** A secret, its lines and, if it is JSON, its values. */
function piecesOf(secret: string): string[] {
  if (secret.length < SHORTEST_PART) return [];
  const shortest = secret.includes("-----BEGIN ") ? SHORTEST_PART : SHORTEST_PIECE;
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  const parts = [...lines, ...valuesOf(secret).flatMap((value) => value.split(/[\r\n]+/))];
  return [secret, ...parts.filter((part) => part.length >= shortest && !part.startsWith("-----"))];
}

function valuesOf(secret: string): string[] {
  if (!/^\s*[[{]/.test(secret)) return [];
  try {
    return textsOf(JSON.parse(secret));
  } catch {
    return [];
  }
}

/** Array.isArray does not narrow a readonly array. */
function isList(value: Json & object): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * The decoded forms of a secret, in UTF-8 and if possible in latin1. Also its most common encoded forms, in case the surrounding text breaks decoding: `%`
 * before a secret `00…` would turn its beginning into another character.
 */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret).toString("latin1");
  const plain = [bytes, ...(/^[\0-\xff]*$/.test(secret) ? [secret] : [])];
  const decoded = plain.flatMap((text) => READINGS.map((reading) => unescapedText(text, reading)));
  const encoded = [
    JSON.stringify(bytes).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    Buffer.from(secret).toString("base64"),
  ];
  return [...plain, ...decoded, ...encoded].filter((form) => form.length >= SHORTEST_PART);
}
