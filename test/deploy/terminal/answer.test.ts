import { afterEach, describe, expect, it, vi } from "vitest";
import { age, answer, table } from "../../../deploy/terminal/answer.ts";

afterEach(() => vi.restoreAllMocks());

describe("answer", () => {
  it.each([
    ["table", "text\n"],
    ["json", '{\n  "on": "yes"\n}\n'],
    ["yaml", '"on": "yes"\n'],
  ] as const)("writes the value as %s when it is asked for", (format, written) => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    answer(format, { on: "yes" }, () => "text");
    expect(write.mock.calls).toEqual([[written]]);
  });
});

describe("table", () => {
  it("aligns columns and leaves no spaces at the ends of lines", () => {
    expect(
      table(
        ["A", "LONG"],
        [
          ["longer", "x"],
          ["y", ""],
        ],
      ),
    ).toBe("A        LONG\nlonger   x\ny");
  });
});

describe("age", () => {
  it.each([
    ["2026-03-01T11:59:15Z", "45s"],
    ["2026-03-01T11:56:55Z", "3m5s"],
    ["2026-03-01T11:18:00Z", "42m"],
    ["2026-02-27T09:00:00Z", "2d"],
    ["2026-03-01T12:00:01Z", "0s"],
  ])("of %s is %s at noon", (since, text) => expect(age(since, new Date("2026-03-01T12:00:00Z"))).toBe(text));
});
