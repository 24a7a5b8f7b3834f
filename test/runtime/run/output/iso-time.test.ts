import fc from "fast-check";
import { expect, test } from "vitest";
import { isoTime } from "../../../../runtime/run/output/iso-time.ts";

test("isoTime writes what Date writes, for every moment of the years 0 to 9999", () => {
  const moments = fc.integer({
    min: Date.UTC(0) - 1_900 * 365.2425 * 86_400_000,
    max: Date.UTC(9999, 11, 31, 23, 59, 59, 999),
  });
  fc.assert(
    fc.property(moments, (ms) => {
      expect(isoTime(ms)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 20_000 },
  );
});

test.each([
  "1970-01-01T00:00:00.000Z",
  "1969-12-31T23:59:59.999Z",
  "2000-02-29T12:00:00.001Z",
  "1900-02-28T23:59:59.999Z",
  "1900-03-01T00:00:00.000Z",
  "2024-12-31T23:59:59.999Z",
])("isoTime writes %s", (text) => {
  expect(isoTime(Date.parse(text))).toBe(text);
});

test("isoTime leaves out parts of a millisecond, as Date does", () => {
  expect(isoTime(1.9)).toBe(new Date(1.9).toISOString());
  expect(isoTime(-1.9)).toBe(new Date(-1.9).toISOString());
});
