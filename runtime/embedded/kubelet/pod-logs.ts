/** What pods that ran here have written, by their uid; gone with the cluster. */
export class PodLogs {
  readonly #lines = new Map<string, string[]>();

  append(uid: string, line: string): void {
    const lines = this.#lines.get(uid);
    if (lines) lines.push(line);
    else this.#lines.set(uid, [line]);
  }

  /** Every line with its end. @param tail only that many of the last */
  read(uid: string, tail = Number.POSITIVE_INFINITY): string {
    const lines = this.#lines.get(uid) ?? [];
    const first = Math.max(0, lines.length - tail);
    return lines
      .slice(first)
      .map((line) => `${line}\n`)
      .join("");
  }
}
