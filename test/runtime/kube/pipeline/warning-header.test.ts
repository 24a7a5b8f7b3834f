import { expect, test } from "vitest";
import { parseWarnings, StatsRecorder } from "../../../../runtime/kube/pipeline/stats.ts";

test.each([
  ['299 - "old version"', ["old version"]],
  ['299 - "one", 299 - "two"', ["one", "two"]],
  ['299 kube "with \\"quotes\\" and \\\\"', ['with "quotes" and \\']],
  ['299 - "dated" "Thu, 01 Jan 2026 12:00:00 GMT", 299 - "next"', ["dated", "next"]],
  ['199 - "another code"', []],
  ['299 - "control\u0007"', []],
  ["garbage", []],
  ["", []],
])("parseWarnings reads %j [O3]", (header, expected) => {
  expect(parseWarnings(header)).toEqual(expected);
});

test("parseWarnings reads several headers [O3]", () => {
  expect(parseWarnings(['299 - "a"', '299 - "b"'])).toEqual(["a", "b"]);
});

test("StatsRecorder keeps fifty warnings when there are ten thousand [O3]", () => {
  const stats = new StatsRecorder();
  for (let count = 0; count < 10_000; count += 1) stats.warn(`warning ${count}`);
  expect(stats.warnings).toHaveLength(50);
  expect(stats.warn("warning 0")).toBe(false);
});
