/** `2026-01-01T00:00:00.123456789Z text`: RFC 3339 with as many digits as are not zero. */
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d) ?/;

/** Remembers how far a log was given on, so that after a cut it goes on without losing or repeating a line. */
export class LogPosition {
  #key = "";
  #stamp: string | undefined;
  /** Lines of the last moment that were given on; several may have the same timestamp. */
  #given = new Map<string, number>();
  /** How often each of them has come again since the cut. */
  #again = new Map<string, number>();

  /** The timestamp of the last line, as the server wrote it. */
  get stamp(): string | undefined {
    return this.#stamp;
  }

  /** Forgets what came again: the log is read anew from `stamp`. */
  restart(): void {
    this.#again = new Map();
  }

  /** The text of a line without its timestamp; undefined for one that was given on before. */
  take(line: string): string | undefined {
    const match = STAMPED.exec(line);
    if (match === null) return line;
    const [prefix, seconds = "", fraction = ""] = match;
    const text = line.slice(prefix.length);
    const key = `${seconds}.${fraction.padEnd(9, "0")}`;
    if (key < this.#key) return undefined;
    if (key > this.#key) {
      this.#key = key;
      this.#stamp = prefix.trimEnd();
      this.#given = new Map();
      this.#again = new Map();
    }
    const again = (this.#again.get(text) ?? 0) + 1;
    this.#again.set(text, again);
    if (again <= (this.#given.get(text) ?? 0)) return undefined;
    this.#given.set(text, again);
    return text;
  }
}
