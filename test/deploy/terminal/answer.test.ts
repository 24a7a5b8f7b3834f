import { afterEach, describe, expect, it, vi } from "vitest";
import { answer, table } from "../../../deploy/terminal/answer.ts";

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
  it("aligns columns and leaves no blanks at the ends of lines when cells differ in length", () => {
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
