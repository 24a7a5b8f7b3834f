import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { isoTime, systemClock } from "../../../../runtime/run/output/clock.ts";

const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("systemClock.after", () => {
  it("fires on time, even beyond Node's longest timer", () => {
    const fired = vi.fn();
    systemClock.after(60 * DAY_MS, fired);
    vi.advanceTimersByTime(60 * DAY_MS - 1);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("never fires after it is cancelled, even late in a long wait", () => {
    const fired = vi.fn();
    const callOff = systemClock.after(60 * DAY_MS, fired);
    vi.advanceTimersByTime(30 * DAY_MS);
    callOff();
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(fired).not.toHaveBeenCalled();
  });
});

test("isoTime formats every time of the years 0 to 9999 like Date", () => {
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
])("isoTime formats %s", (text) => {
  expect(isoTime(Date.parse(text))).toBe(text);
});

test("isoTime drops fractions of a millisecond, like Date", () => {
  expect(isoTime(1.9)).toBe(new Date(1.9).toISOString());
  expect(isoTime(-1.9)).toBe(new Date(-1.9).toISOString());
});
