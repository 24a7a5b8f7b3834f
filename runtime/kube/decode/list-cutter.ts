import { parseJson } from "./json.ts";

/**
 * Items are parsed together until there are this many bytes of them: few enough that they are garbage before V8 moves them to its old
 * generation (1 MiB at once took twice the memory and a fifth more time), and that nothing else waits long.
 */
const BATCH_BYTES = 64 * 1024;
/** Of candidates for a cut that lie inside an item, before more bytes are waited for. */
const MAX_ATTEMPTS = 8;

/** Where the bytes begin, behind the bracket. */
const FIRST = 1;
const COMMA = ",".charCodeAt(0);
const CLOSING_BRACKET = "]".charCodeAt(0);

/** Where a list's items begin. */
const ITEMS = /"items"\s*:\s*\[/;
/** What an item looks like where it begins. */
const ITEM = /^\s*\{\s*"[^"\\]*"\s*:/;

/**
 * Cuts a list's JSON between items while the bytes arrive, so that no more than a batch of them is ever held. Where an item may begin is found by
 * the bytes with which the first one began; whether one does, by parsing: text that was cut inside an item has brackets left open.
 */
export class ListCutter {
  /**
   * What has not been given on, behind a bracket: with one more behind it a batch is an array as it stands, where brackets around its text would have V8 copy that.
   * Used again and again, because what is allocated for each batch has V8 collect garbage all the time.
   */
  #buffer = Buffer.from("[");
  /** Those behind the bracket. */
  #bytes = 0;
  #wantedBytes = 0;
  /** The document up to its items' bracket. */
  #opening: string | undefined;
  /** The end of an item and the beginning of the next; each byte a character. */
  #separator: string | undefined;

  /** True once the items have begun. */
  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  /** The document as far as it stands before its items; undefined where they came first. */
  get early(): unknown {
    return this.#opening === undefined ? undefined : parseJson(`${this.#opening}]}`);
  }

  /** @returns items that are complete, once there are enough for a batch */
  push(chunk: Uint8Array): unknown[] | undefined {
    this.#append(chunk);
    if (this.#bytes < this.#wantedBytes) return undefined;
    if (this.#opening === undefined) this.#findItems();
    if (this.#opening !== undefined && this.#separator === undefined) this.#findSeparator();
    return this.#separator === undefined || this.#bytes < BATCH_BYTES ? undefined : this.#cut(this.#separator);
  }

  /**
   * @returns the last items, and the document without the others
   * @throws {SyntaxError} where the document was cut or is no JSON
   */
  end(): { readonly items: unknown[]; readonly document: unknown } {
    const document = parseJson((this.#opening ?? "") + this.#text(this.#bytes));
    const items = (document as { readonly items?: unknown } | null)?.items;
    return { items: Array.isArray(items) ? items : [], document };
  }

  #findItems(): void {
    const found = ITEMS.exec(this.#beginning());
    if (found === null) {
      this.#wantedBytes = untilFound(this.#bytes);
      return;
    }
    const start = found.index + found[0].length;
    this.#opening = this.#text(start);
    this.#dropUpTo(start);
    this.#wantedBytes = 0;
  }

  #findSeparator(): void {
    const found = ITEM.exec(this.#beginning());
    if (found === null) {
      this.#wantedBytes = untilFound(this.#bytes);
      return;
    }
    this.#separator = `},${found[0]}`;
    this.#wantedBytes = BATCH_BYTES;
  }

  #cut(separator: string): unknown[] | undefined {
    const bytes = this.#buffer.subarray(0, FIRST + this.#bytes);
    let at = bytes.lastIndexOf(separator, bytes.length, "latin1");
    for (let attempt = 0; at > 0 && attempt < MAX_ATTEMPTS; attempt += 1) {
      const comma = at + 1;
      bytes[comma] = CLOSING_BRACKET;
      const items = parsedItems(bytes.toString("utf8", 0, comma + 1));
      bytes[comma] = COMMA;
      if (items !== undefined) {
        this.#dropUpTo(comma + 1 - FIRST);
        this.#wantedBytes = BATCH_BYTES;
        return items;
      }
      at = bytes.lastIndexOf(separator, at - 1, "latin1");
    }
    this.#wantedBytes = this.#bytes * 2;
    return undefined;
  }

  /** The first bytes, each a character. */
  #beginning(): string {
    return this.#buffer.toString("latin1", FIRST, FIRST + Math.min(this.#bytes, BATCH_BYTES));
  }

  #text(bytes: number): string {
    return this.#buffer.toString("utf8", FIRST, FIRST + bytes);
  }

  #append(chunk: Uint8Array): void {
    const end = FIRST + this.#bytes;
    const bytes = end + chunk.byteLength;
    if (bytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(bytes, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, end));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, end);
    this.#bytes += chunk.byteLength;
  }

  #dropUpTo(start: number): void {
    this.#buffer.copyWithin(FIRST, FIRST + start, FIRST + this.#bytes);
    this.#bytes -= start;
  }
}

/** Looks again when more has come; what is not in the beginning is not looked for any more: there is nothing to cut. */
function untilFound(bytes: number): number {
  return bytes < BATCH_BYTES ? 0 : Number.POSITIVE_INFINITY;
}

function parsedItems(text: string): unknown[] | undefined {
  try {
    return parseJson(text) as unknown[];
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
