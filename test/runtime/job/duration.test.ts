import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DURATION_PATTERN, formatDuration, parseDuration } from "../../../runtime/job/duration.ts";

describe("parseDuration", () => {
  it.each([
    ["250ms", 250],
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
    ["1w", 604_800_000],
  ])("parses %s", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(["", "5", "5 m", "m", "-5m", "1h30", "5M", "Infinity s", "1e3s"])(
    "refuses %j and shows a valid example",
    (text) => {
      expect(() => parseDuration(text)).toThrow(/is not a duration: write a number with a unit, such as 90s/);
    },
  );

  it("parses the output of formatDuration with its two units", () => {
    fc.assert(
      fc.property(fc.nat(6), fc.nat(23), (days, hours) => {
        const milliseconds = (days * 24 + hours) * 3_600_000;
        fc.pre(milliseconds > 0);
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });
});

describe("formatDuration", () => {
  it.each([
    [-5, "0s"],
    [0, "0s"],
    [999, "999ms"],
    [61_000, "1m1s"],
    [90_061_000, "1d1h"],
  ])("formats %d ms as %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

const source = readFileSync(new URL("../../../runtime/job/duration.ts", import.meta.url), "utf8");
const examples = [...source.matchAll(/@example (.+)/g)].map(([, code = ""]) => code);

describe("the docstring examples", () => {
  it("exist", () => expect(examples.length).toBeGreaterThan(4));

  it.each(examples)("are correct: %s", (code) => {
    const run = new Function("DURATION_PATTERN", "formatDuration", "parseDuration", `return ${code}`);
    expect(run(DURATION_PATTERN, formatDuration, parseDuration)).toBe(true);
  });
});
