const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Where the scanner is: in the document around the items, between two of them, or inside one. */
type Region = "envelope" | "items" | "item";

/** What the scanner finds. */
export interface ScannerSink {
  /** The document's text up to its items, closed so that it parses: a list writes what it says of itself before its items. */
  head(text: string): void;
  /** The text of one item. */
  item(text: string): void;
}

/**
 * Cuts a list's JSON into its items while the bytes arrive, so that no more than one of them is ever held as text.
 * It finds where items begin and end; whether they are JSON is for the parser to say.
 */
export class ItemScanner {
  readonly #sink: ScannerSink;
  #region: Region = "envelope";
  /** Nesting in the envelope, or inside the item. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  readonly #envelope: number[] = [];
  #lastQuote = 0;
  #lastString = "";
  #itemParts: Uint8Array[] = [];

  constructor(sink: ScannerSink) {
    this.#sink = sink;
  }

  /** The document without its items; undefined while it is not closed. */
  get envelope(): string | undefined {
    const isClosed = this.#region === "envelope" && this.#depth === 0 && this.#envelope.length > 0;
    return isClosed ? this.#envelopeText() : undefined;
  }

  push(chunk: Uint8Array): void {
    let index = 0;
    while (index < chunk.length) {
      if (this.#region === "item") index = this.#scanItem(chunk, index);
      else if (this.#region === "items") index = this.#scanBetween(chunk, index);
      else index = this.#scanEnvelope(chunk, index);
    }
  }

  /** Kind, apiVersion and metadata: a few hundred bytes before the items, and mostly one after them. */
  #scanEnvelope(chunk: Uint8Array, start: number): number {
    for (let index = start; index < chunk.length; index += 1) {
      const byte = chunk[index] as number;
      this.#envelope.push(byte);
      if (this.#inString) this.#stepString(byte);
      else if (byte === QUOTE) {
        this.#inString = true;
        this.#lastQuote = this.#envelope.length;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (byte === OPEN_BRACKET && this.#depth === 1 && this.#lastString === "items") return this.#enterItems(index);
        this.#depth += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth -= 1;
    }
    return chunk.length;
  }

  #stepString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      this.#lastString = String.fromCharCode(...this.#envelope.slice(this.#lastQuote, -1).slice(0, 8));
    }
  }

  #enterItems(index: number): number {
    this.#sink.head(`${this.#envelopeText()}]}`);
    this.#region = "items";
    return index + 1;
  }

  #scanBetween(chunk: Uint8Array, start: number): number {
    for (let index = start; index < chunk.length; index += 1) {
      const byte = chunk[index];
      if (byte === OPEN_BRACE) {
        this.#region = "item";
        this.#depth = 0;
        return index;
      }
      if (byte === CLOSE_BRACKET) {
        this.#region = "envelope";
        this.#envelope.push(CLOSE_BRACKET);
        this.#depth = 1;
        return index + 1;
      }
    }
    return chunk.length;
  }

  /** The hot loop: every byte of every item goes through it, so that it works on locals only. */
  #scanItem(chunk: Uint8Array, start: number): number {
    const length = chunk.length;
    let depth = this.#depth;
    let inString = this.#inString;
    let index = start;
    if (this.#escaped) {
      this.#escaped = false;
      index += 1;
    }
    while (index < length) {
      const byte = chunk[index] as number;
      index += 1;
      if (inString) {
        if (byte === QUOTE) inString = false;
        else if (byte === BACKSLASH) {
          if (index === length) this.#escaped = true;
          index += 1;
        }
      } else if (byte === QUOTE) inString = true;
      else if (byte >= OPEN_BRACKET) {
        if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
        else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
          depth -= 1;
          if (depth === 0) return this.#endItem(chunk, start, index);
        }
      }
    }
    this.#itemParts.push(chunk.subarray(start));
    this.#depth = depth;
    this.#inString = inString;
    return length;
  }

  #endItem(chunk: Uint8Array, start: number, end: number): number {
    const last = chunk.subarray(start, end);
    const parts = this.#itemParts;
    this.#itemParts = [];
    this.#region = "items";
    this.#inString = false;
    this.#sink.item(utf8(parts.length === 0 ? last : Buffer.concat([...parts, last])));
    return end;
  }

  #envelopeText(): string {
    return Buffer.from(this.#envelope).toString("utf8");
  }
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
