/** A source map, as esbuild writes it and Node reads it. https://tc39.es/ecma426/ */
export interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/**
 * Reduces a bundle's source map to the job's own files, so that the stack traces of a run name their lines for one or two kilobytes.
 *
 * @param rename gives the name of a source in traces; undefined for one that is not the job's own
 */
export function jobSourceMap(map: SourceMap, rename: (source: string) => string | undefined): SourceMap {
  const kept: string[] = [];
  const newIndex = map.sources.map((source) => {
    const name = rename(source);
    return name === undefined ? -1 : kept.push(name) - 1;
  });
  return { version: 3, sources: kept, names: [], mappings: keptMappings(map.mappings, newIndex) };
}

/**
 * The mappings of the sources that stay. Of all others, only the begin of a stretch matters: a look-up uses the last segment before a position, on whichever line that is.
 * A bundle has a hundred thousand segments, of which a few hundred stay, so no objects are made of them.
 *
 * @param newIndex the new index of each source, or -1
 */
function keptMappings(mappings: string, newIndex: readonly number[]): string {
  const read = { column: 0, source: 0, line: 0, originColumn: 0 };
  const written = { column: 0, source: 0, line: 0, originColumn: 0 };
  const reader = new VlqReader(mappings);
  let text = "";
  let isInJob = false;
  let isFirstOfLine = true;
  while (!reader.isAtEnd()) {
    if (reader.skip(LINE_END)) {
      text += ";";
      read.column = 0;
      written.column = 0;
      isFirstOfLine = true;
      continue;
    }
    if (reader.skip(SEGMENT_END)) continue;
    read.column += reader.next();
    const hasSource = reader.isAtNumber();
    if (hasSource) {
      read.source += reader.next();
      read.line += reader.next();
      read.originColumn += reader.next();
      if (reader.isAtNumber()) reader.next(); // a name, which traces do without
    }
    const source = hasSource ? (newIndex[read.source] ?? -1) : -1;
    if (source < 0 && !isInJob) continue;
    isInJob = source >= 0;
    text += (isFirstOfLine ? "" : ",") + encodeVlq(read.column - written.column);
    isFirstOfLine = false;
    written.column = read.column;
    if (!isInJob) continue;
    text += encodeVlq(source - written.source);
    text += encodeVlq(read.line - written.line) + encodeVlq(read.originColumn - written.originColumn);
    Object.assign(written, { source, line: read.line, originColumn: read.originColumn });
  }
  // Node recognizes a segment without a source only if a separator follows it.
  return text.replace(/;*$/, ";");
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LINE_END = ";".charCodeAt(0);
const SEGMENT_END = ",".charCodeAt(0);

/** By character code; 0 also for what is not a digit. */
const VALUES = new Uint8Array(128);
for (let value = 0; value < DIGITS.length; value += 1) VALUES[DIGITS.charCodeAt(value)] = value;

const BITS = 5;
const CONTINUES = 1 << BITS;
const MASK = CONTINUES - 1;

/**
 * Reads the numbers of a source map's mappings: base64 digits of five bits each, the least significant first, with the sign in the lowest bit.
 * https://tc39.es/ecma426/#sec-base64-vlq
 */
export class VlqReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** False at the end of a segment. */
  isAtNumber(): boolean {
    const code = this.#text.charCodeAt(this.#at);
    return !this.isAtEnd() && code !== SEGMENT_END && code !== LINE_END;
  }

  /** Skips this character, if it is the next one. */
  skip(code: number): boolean {
    const isNext = this.#text.charCodeAt(this.#at) === code;
    if (isNext) this.#at += 1;
    return isNext;
  }

  next(): number {
    let value = 0;
    for (let shift = 0; ; shift += BITS) {
      const bits = VALUES[this.#text.charCodeAt(this.#at)] ?? 0;
      this.#at += 1;
      value += (bits & MASK) << shift;
      if ((bits & CONTINUES) === 0) return value & 1 ? -(value >> 1) : value >> 1;
    }
  }
}

/** Writes one number as {@link VlqReader} reads it. */
export function encodeVlq(number: number): string {
  let text = "";
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  do {
    const bits = rest & MASK;
    rest >>>= BITS;
    text += DIGITS[rest > 0 ? bits | CONTINUES : bits];
  } while (rest > 0);
  return text;
}
