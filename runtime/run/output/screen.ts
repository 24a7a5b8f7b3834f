import { base64Cores, unescapedText } from "./encodings.ts";

/** A fast filter: most log lines contain no secret in any encoding. */
export interface Screen {
  /** False only if the text has no secret; true may be a false positive. */
  mayHold(text: string): boolean;
  /** The same for an unescaped text. */
  mayHoldPlain(text: string): boolean;
}

/** Maximum number of a secret's characters to search for. */
const ANCHOR_LENGTH = 12;
/** Shorter anchors would match almost any text. */
const SHORTEST_ANCHOR = 4;
const GRAM = 3;
const HASHES = 0x1_00_00;

/** Escapes that can encode any character: texts with one are always searched fully. */
const CODED = /\\[ux]|%[\da-fu]|&#/i;
/** Base64 in lines of fixed length (RFC 2045, 6.8): an anchor may be split. */
const WRAPPED = /[\w+/-]{60}\s*\n\s*[\w+/-]/;
/** Characters that only those encodings change. */
const PLAIN = /(?:[\w.~!*()-]|[^\0-\x7f])+/g;

interface Anchor {
  readonly text: string;
  /** Offset of the found characters in the anchor. */
  readonly offset: number;
}

/**
 * Creates a filter for some secrets. Anchors are a part of each secret, its base64 in three alignments, and base64 of base64 in nine. All anchors are
 * searched at once, by hashes of three characters at regular steps (Wu and Manber, 1994), so that many cost no more than one.
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

/** How many bytes may be missing at the beginning of a secret decoded from base64. */
export function spareOf(secret: string): number {
  return secret.length < 8 ? 1 : 2;
}

/** An empty anchor, which matches every text, for a secret that looks like an escape or has no usable characters. */
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
