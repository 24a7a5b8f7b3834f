import { isRecord } from "../../job/problem.ts";
import { parseJson } from "../values/json.ts";
import type { ByteWindow } from "./byte-window.ts";

/**
 * Items are parsed in batches of this size: small enough to become garbage before V8 promotes them to its old generation
 * (1 MiB took twice the memory and a fifth more time), and not to block the event loop for long.
 */
const BATCH_BYTES = 64 * 1024;
/** How many candidates for a cut may turn out to be inside an item before waiting for more bytes. */
const MAX_ATTEMPTS = 8;

const ITEMS = /"items"\s*:\s*\[/;
/** The beginning of an item. */
const ITEM = /^\s*\{\s*"[^"\\]*"\s*:/;

/**
 * Cuts a list's JSON between items while it arrives, so that only one batch is parsed at a time. Candidates for a cut have the same first bytes as
 * the first item; parsing decides, since text cut inside an item has unbalanced brackets.
 */
export class ListCutter {
  readonly #window: ByteWindow;
  #wantedBytes = 0;
  /** The document up to the opening bracket of its items. */
  #opening: string | undefined;
  /** The end of one item and the beginning of the next, in latin1. */
  #separator: string | undefined;

  /** @param window the bytes that have arrived and are not yet cut off */
  constructor(window: ByteWindow) {
    this.#window = window;
  }

  /** True if enough bytes have arrived to look for a cut. */
  get isReady(): boolean {
    return this.#window.length >= this.#wantedBytes;
  }

  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  /** The part of the document before its items; undefined if the items came first. */
  get early(): unknown {
    return this.#opening === undefined ? undefined : parseJson(`${this.#opening}]}`);
  }

  /** @returns the next complete items, if there are enough for a batch */
  next(): unknown[] | undefined {
    if (this.#opening === undefined) this.#findItems();
    else if (this.#separator === undefined) this.#findSeparator();
    else return this.#cut(this.#separator);
    return undefined;
  }

  /**
   * @returns the last items, and the document without the others
   * @throws {SyntaxError} if the document is incomplete or not JSON
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

  /** The first bytes in latin1. */
  #beginning(): string {
    return this.#window.text(Math.min(this.#window.length, BATCH_BYTES), "latin1");
  }
}

/** How many bytes to wait for before searching for the items again; beyond the maximum, the document is not cut. */
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
