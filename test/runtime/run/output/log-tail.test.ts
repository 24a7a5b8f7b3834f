import { describe, expect, it } from "vitest";
import { LOG_TAIL_BYTES, LOG_TAIL_LINES, LogTail } from "../../../../runtime/run/output/log-tail.ts";

const write = (tail: LogTail, text: string): void => tail.write(Buffer.from(text));

describe("LogTail", () => {
  it("gives whole lines with their numbers, however they were written", () => {
    const tail = new LogTail();
    for (const part of ["one\ntw", "o", "\n\nfo", "ur"]) write(tail, part);
    expect(tail.from(1)).toEqual({ first: 1, lines: ["one", "two", ""] });
    expect(tail.from(3)).toEqual({ first: 3, lines: [""] });
    expect(tail.from(9)).toEqual({ first: 4, lines: [] });
    expect(tail.from(1, 1)).toEqual({ first: 1, lines: ["one"] });
  });

  it("keeps the newest lines, and no more of them than it says", () => {
    const tail = new LogTail();
    for (let line = 1; line <= LOG_TAIL_LINES + 10; line += 1) write(tail, `${line}\n`);
    const { first, lines } = tail.from(1);
    expect([first, lines.length, lines[0], lines.at(-1)]).toEqual([11, LOG_TAIL_LINES, "11", `${LOG_TAIL_LINES + 10}`]);
  });

  it("keeps no more bytes than it says, and cuts a line that would push out all others", () => {
    const tail = new LogTail();
    write(tail, "before\n");
    write(tail, `${"x".repeat(10 * LOG_TAIL_BYTES)}\n`);
    expect(tail.from(1).lines.map(({ length }) => length)).toEqual([6, 16_385]);
    for (let line = 0; line < 100; line += 1) write(tail, `${"y".repeat(10_000)}\n`);
    const kept = tail.from(1).lines.join("").length;
    expect(kept).toBeLessThanOrEqual(LOG_TAIL_BYTES);
    expect(kept).toBeGreaterThan(LOG_TAIL_BYTES - 20_000);
  });

  it("keeps what was written when the writer uses its bytes again", () => {
    const tail = new LogTail();
    const bytes = Buffer.from("first\n");
    tail.write(bytes);
    bytes.write("other\n");
    expect(tail.from(1).lines).toEqual(["first"]);
  });

  it("tells of each write until it is asked to stop", () => {
    const tail = new LogTail();
    let told = 0;
    const stop = tail.onWrite(() => {
      told += 1;
    });
    write(tail, "a\n");
    stop();
    write(tail, "b\n");
    expect(told).toBe(1);
  });
});
