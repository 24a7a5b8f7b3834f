import { base64Cores, unescapedText } from "./encodings.ts";

/** Tells at little cost that a text holds no secret in any encoding: what nearly every line of a log is. */
export interface Screen {
  /** False only where a text has none; true also by chance. */
  mayHold(text: string): boolean;
  /** The same for a text whose escapes are undone. */
  mayHoldPlain(text: string): boolean;
}

/** A secret is looked for by so many of its characters. */
const ANCHOR_LENGTH = 12;
/** By fewer than these, no text would be told from any other. */
const SHORTEST_ANCHOR = 4;
const GRAM = 3;
const HASHES = 0x1_00_00;

/** Codes that can stand for any character at all, a letter too: a text with one is always looked at closely. */
const CODED = /\\[ux]|%[\da-fu]|&#/i;
/** Base64 in lines of a fixed length (RFC 2045, 6.8): an anchor may be cut in two. */
const WRAPPED = /[\w+/-]{60}\s*\n\s*[\w+/-]/;
/** What no encoding but those changes. */
const PLAIN = /(?:[\w.~!*()-]|[^\0-\x7f])+/g;

interface Anchor {
  readonly text: string;
  /** Where in it the characters are that were found. */
  readonly offset: number;
}

/**
 * Makes a screen for some secrets. A part of each stands in a text as it is, or as base64 of it in one of three alignments, and that of base64 in one of nine: those
 * anchors are looked for all at once, by hashes of three characters at every so manyth place (Wu and Manber, 1994), so that many of them cost no more than one.
 */
export function createScreen(secrets: readonly string[]): Screen {
  const anchors = secrets.flatMap(anchorsOf);
  if (anchors.length === 0) return { mayHold: () => false, mayHoldPlain: () => false };
  const shortest = Math.min(ANCHOR_LENGTH, ...anchors.map((anchor) => anchor.length));
  if (shortest < SHORTEST_ANCHOR) return screenOf(() => true);
  const step = shortest - GRAM + 1;
  const isUsed = new Uint8Array(HASHES);
  const found = new Map<number, Anchor[]>();
  for (const text of new Set(anchors)) {
    for (let offset = 0; offset < step; offset++) {
      const hash = hashAt(text, offset);
      isUsed[hash] = 1;
      found.set(hash, [...(found.get(hash) ?? []), { text, offset }]);
    }
  }
  return screenOf((text) => {
    for (let index = 0; index + GRAM <= text.length; index += step) {
      const hash = hashAt(text, index);
      if (isUsed[hash] === 0) continue;
      if (found.get(hash)?.some((anchor) => text.startsWith(anchor.text, index - anchor.offset))) return true;
    }
    return false;
  });
}

function screenOf(mayHoldPlain: (text: string) => boolean): Screen {
  const isWrapped = (text: string): boolean => text.indexOf("\n") < text.length - 1 && WRAPPED.test(text);
  return { mayHoldPlain, mayHold: (text) => mayHoldPlain(text) || CODED.test(text) || isWrapped(text) };
}

function hashAt(text: string, index: number): number {
  const mixed = text.charCodeAt(index) * 961 + text.charCodeAt(index + 1) * 31 + text.charCodeAt(index + 2);
  return mixed & (HASHES - 1);
}

/** How many bytes of a secret's beginning may be missing from what is decoded of base64: cut there, it could not be told from anything else. */
export function spareOf(secret: string): number {
  return secret.length < 8 ? 1 : 2;
}

/** An empty one where a secret has nothing to be found by: what it holds looks like an escape itself, or like nothing at all. */
function anchorsOf(secret: string): string[] {
  const plain = longest(secret.slice(spareOf(secret)).match(PLAIN)).slice(0, ANCHOR_LENGTH);
  const bytes = Buffer.from(plain).toString("latin1");
  if (!unescapedText(Buffer.from(secret).toString("latin1"), "control").includes(bytes)) return [""];
  const once = base64Cores(bytes).map((core) => longest(core.match(/[A-Za-z\d]+/g)));
  const twice = once.flatMap(base64Cores).map((core) => longest(core.match(/[A-Za-z\d]+/g)));
  return [plain, bytes, ...once, ...twice];
}

function longest(texts: readonly string[] | null): string {
  return (texts ?? []).reduce((best, text) => (text.length > best.length ? text : best), "");
}
