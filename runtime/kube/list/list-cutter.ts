import { isRecord } from "../../job/problem.ts";
import { parseJson } from "../values/json.ts";
import type { ByteWindow } from "./byte-window.ts";

/**
 * Items are parsed together until there are this many bytes of them: few enough that they are garbage before V8 moves them to its old
 * generation (1 MiB at once took twice the memory and a fifth more time), and that nothing else waits long.
 */
const BATCH_BYTES = 64 * 1024;
/** Of candidates for a cut that lie inside an item, before more bytes are waited for. */
const MAX_ATTEMPTS = 8;

/** Where a list's items begin. */
const ITEMS = /"items"\s*:\s*\[/;
/** What an item looks like where it begins. */
const ITEM = /^\s*\{\s*"[^"\\]*"\s*:/;

/**
 * Cuts a list's JSON between items while the bytes arrive, so that no more than a batch of them is ever parsed. Where an item may begin is found by
 * the bytes with which the first one began; whether one does, by parsing: text that was cut inside an item has brackets left open.
 */
export class ListCutter {
  readonly #window: ByteWindow;
  #wantedBytes = 0;
  /** The document up to its items' bracket. */
  #opening: string | undefined;
  /** The end of an item and the beginning of the next; each byte a character. */
  #separator: string | undefined;

  /** @param window with what has arrived and was not cut off */
  constructor(window: ByteWindow) {
    this.#window = window;
  }

  /** True where enough has arrived to be looked at. */
  get isReady(): boolean {
    return this.#window.length >= this.#wantedBytes;
  }

  /** True once the items have begun. */
  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  /** The document as far as it stands before its items; undefined where they came first. */
  get early(): unknown {
    return this.#opening === undefined ? undefined : parseJson(`${this.#opening}]}`);
  }

  /** Looks at what has arrived. @returns the next items that are complete, if there are enough for a batch */
  next(): unknown[] | undefined {
    if (this.#opening === undefined) this.#findItems();
    else if (this.#separator === undefined) this.#findSeparator();
    else return this.#cut(this.#separator);
    return undefined;
  }

  /**
   * @returns the last items, and the document without the others
   * @throws {SyntaxError} where the document was cut or is no JSON
   */
  end(): { readonly items: unknown[]; readonly document: unknown } {
    const document = parseJson((this.#opening ?? "") + this.#window.text(this.#window.length));
    const { kind, items } = isRecord(document) ? document : {};
    if (items === null) return { items: [], document };
    if (Array.isArray(items)) return { items, document };
    throw new SyntaxError(
      /List$/.test(String(kind)) ? "its items are not a list" : `expected a list, not ${JSON.stringify(kind)}`,
    );
  }

  #findItems(): void {
    const found = ITEMS.exec(this.#beginning());
    if (found === null) {
      this.#wantedBytes = untilFound(this.#window.length);
      return;
    }
    const start = found.index + found[0].length;
    this.#opening = this.#window.text(start);
    this.#window.drop(start);
    this.#wantedBytes = 1;
  }

  #findSeparator(): void {
    const found = ITEM.exec(this.#beginning());
    if (found === null) {
      this.#wantedBytes = untilFound(this.#window.length);
      return;
    }
    this.#separator = `},${found[0]}`;
    this.#wantedBytes = BATCH_BYTES;
  }

  #cut(separator: string): unknown[] | undefined {
    let at = this.#window.lastIndexOf(separator, this.#wantedBytes - separator.length);
    for (let attempt = 0; at > 0 && attempt < MAX_ATTEMPTS; attempt += 1) {
      const comma = at + 1;
      const items = parsedItems(this.#window.textInBrackets(comma));
      if (items !== undefined) {
        this.#window.drop(comma + 1);
        this.#wantedBytes = BATCH_BYTES;
        return items;
      }
      at = this.#window.lastIndexOf(separator, at - 1);
    }
    this.#wantedBytes *= 2;
    return undefined;
  }

  /** The first bytes, each a character. */
  #beginning(): string {
    return this.#window.text(Math.min(this.#window.length, BATCH_BYTES), "latin1");
  }
}

/** Looks again when more has come; what is not in the beginning is not looked for any more: there is nothing to cut. */
function untilFound(bytes: number): number {
  return bytes < BATCH_BYTES ? bytes + 1 : Number.POSITIVE_INFINITY;
}

function parsedItems(text: string): unknown[] | undefined {
  try {
    return parseJson(text) as unknown[];
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
