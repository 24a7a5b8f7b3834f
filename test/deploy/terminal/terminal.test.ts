import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { describeLogLine } from "../../../deploy/runs/log.ts";
import { answer, table } from "../../../deploy/terminal/answer.ts";
import { FORMATS } from "../../../deploy/terminal/talk.ts";
import { forTerminal, own, visible, visibleLines, widthOf } from "../../../deploy/terminal/terminal.ts";

/** Whatever a terminal acts on, or a reader cannot see; line breaks are left to each test. */
const HIDDEN = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Cs}]/u;
const hostile = fc.string({
  unit: fc.constantFrom(
    "\x1b[2J",
    "\x1b]0;t\x07",
    "\x9b31m",
    "\x7f",
    "\r",
    "\t",
    "\n",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\u{e0041}",
    "\ud800",
    "\ue000",
    "[",
    "31m",
    "a",
    "é",
    "名",
    "😀",
  ),
  maxLength: 30,
});

describe("a text from elsewhere", () => {
  it("keeps nothing that a terminal acts on or that cannot be seen, except line breaks", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(visible(text)).not.toMatch(HIDDEN);
        expect(forTerminal(text).replaceAll("\n", "")).not.toMatch(HIDDEN);
        expect(visibleLines(text).split("\n").length).toBe(text.split("\n").length);
      }),
    );
  });

  it("shows escapes as JSON writes them", () => {
    expect(visible("a\x1b[31mb\u009b\u202e\n")).toBe("a\\u001b[31mb\\u009b\\u202e\\u000a");
  });

  it("cannot pass as errand's own colours, which stay", () => {
    const red = own("\x1b[31m");
    expect(forTerminal(`${red}a\x1b[32mb`)).toBe("\x1b[31ma\\u001b[32mb");
    expect(forTerminal("\ue000[31m")).toBe("\ue000[31m");
  });
});

describe("table", () => {
  it("keeps each row on one line and its columns aligned, whatever cells hold", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(hostile, hostile), { maxLength: 5 }), (cells) => {
        const lines = table(
          ["A", "B"],
          cells.map(([one, other]) => [`${one}|`, `|${other}|`]),
        ).split("\n");
        expect(lines).toHaveLength(cells.length + 1);
        const places = lines.slice(1).map((line) => widthOf(line.slice(0, line.indexOf("   |"))));
        expect(lines.join("")).not.toMatch(HIDDEN);
        if (cells.length > 0) expect(Math.min(...places)).toBeGreaterThan(0);
      }),
    );
  });

  it("counts columns as a terminal does", () => {
    expect(widthOf("名a😀e\u0301")).toBe(6);
    expect(
      table(
        ["A", "B"],
        [
          ["名", "x"],
          ["ab", "y"],
        ],
      ),
    ).toBe("A    B\n名   x\nab   y");
  });
});

describe("answer", () => {
  it.each(FORMATS.filter((format) => format !== "table"))(
    "means the same as %s, with everything in it visible",
    (format) => {
      fc.assert(
        fc.property(hostile, hostile, (key, text) => {
          fc.pre(!/[\ud800-\udfff]/.test(`${key}${text}`.replaceAll(/[\ud800-\udbff][\udc00-\udfff]/g, "")));
          const written: string[] = [];
          const { write } = process.stdout;
          process.stdout.write = ((chunk: string) => written.push(forTerminal(chunk))) as unknown as typeof write;
          try {
            answer(format, { [`k${key}`]: [text] }, () => "");
          } finally {
            process.stdout.write = write;
          }
          const printed = written.join("");
          expect(printed.replaceAll("\n", "")).not.toMatch(HIDDEN);
          const read: unknown = format === "json" ? JSON.parse(printed) : parse(printed);
          expect(read).toStrictEqual({ [`k${key}`]: [text] });
        }),
      );
    },
  );
});

describe("describeLogLine", () => {
  it("indents a message of several lines, so that none passes as another message", () => {
    const entry = { time: "2026-03-01T10:00:00.000Z", level: "info", message: "one\n10:00:01 error two", at: "a\nb" };
    expect(describeLogLine(JSON.stringify(entry))).toBe(
      '10:00:00 info  one\n               10:00:01 error two at="a\\nb"',
    );
  });
});
