import { expect, test } from "vitest";
import { figureOf, median } from "./figures.ts";
import type { Measurement } from "./machine/measure.ts";

function run(wallSeconds: number): Measurement {
  return { wallSeconds, cpuSeconds: wallSeconds / 2, peakMiB: 100 * wallSeconds, exitCode: 0, stdout: "", stderr: "" };
}

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[7], 7],
])("median of %j is %d", (values, expected) => expect(median(values)).toBe(expected));

test("median throws for an empty list", () => expect(() => median([])).toThrow(RangeError));

test("figureOf takes the median of each value separately, and counts the runs", () => {
  expect(figureOf("cold-start", "errand", [run(0.1), run(0.3), run(0.2)])).toEqual({
    work: "cold-start",
    subject: "errand",
    wallSeconds: 0.2,
    cpuSeconds: 0.1,
    peakMiB: 20,
    runs: 3,
  });
});
