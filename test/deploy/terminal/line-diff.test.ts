import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineDiff } from "../../../deploy/terminal/line-diff.ts";

describe("lineDiff", () => {
  it("is empty when both are the same", () => expect(lineDiff("a\nb", "a\nb")).toEqual([]));

  it("shows what differs with two lines around it when much is the same", () => {
    const before = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const after = before.with(4, "E");
    expect(lineDiff(before.join("\n"), after.join("\n"))).toEqual(["  c", "  d", "- e", "+ E", "  f", "  g", "…"]);
  });

  it("shows both ends with a gap between them when the first and the last line differ", () => {
    expect(lineDiff("1\n2\n3\n4\n5\n6\n7", "x\n2\n3\n4\n5\n6\ny")).toEqual([
      "- 1",
      "+ x",
      "  2",
      "  3",
      "…",
      "  5",
      "  6",
      "- 7",
      "+ y",
    ]);
  });

  it("shows only what was added when nothing was removed", () => {
    expect(lineDiff("a\nc", "a\nb\nc")).toEqual(["  a", "+ b", "  c"]);
  });

  it("says the lengths only when a text is too long to compare", () => {
    expect(lineDiff("a", "b\n".repeat(3_000))).toEqual(["- 1 lines", "+ 3001 lines"]);
  });

  it("tells both texts when its lines are read back", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before.join("\n"), after.join("\n"));
        if (lines.length === 0 || lines.includes("…")) return;
        const of = (sign: string) =>
          lines.filter((line) => line.startsWith(sign) || line.startsWith(" ")).map((line) => line.slice(2));
        expect(before.join()).toContain(of("-").join());
        expect(after.join()).toContain(of("+").join());
      }),
    );
  });
});
