import { describe, expect, it } from "vitest";
import { MEMORY_SAMPLES_MAX, MemoryTrend } from "../../../../runtime/run/report/memory-trend.ts";

const MEBIBYTE = 2 ** 20;

function trendOf(mebibytes: readonly number[]): MemoryTrend {
  const trend = new MemoryTrend();
  for (const each of mebibytes) trend.add(each * MEBIBYTE);
  return trend;
}

describe("MemoryTrend", () => {
  it("has one number per second, starting after the first", () => {
    expect(trendOf([]).report()).toBeUndefined();
    expect(trendOf([60.4, 61.6]).report()).toEqual({ everySeconds: 1, mebibytes: [60, 62] });
  });

  it("keeps the maximum of each interval if there are too many, and doubles the interval", () => {
    const seconds = Array.from({ length: MEMORY_SAMPLES_MAX + 3 }, (_, second) => second);
    const { everySeconds, mebibytes = [] } = trendOf(seconds).report() ?? {};
    expect(everySeconds).toBe(2);
    expect(mebibytes.slice(0, 3)).toEqual([1, 3, 5]);
    expect(mebibytes.at(-1)).toBe(MEMORY_SAMPLES_MAX + 2);
  });

  it("never loses a peak and stays below 400 bytes in a run of a week", () => {
    const trend = new MemoryTrend();
    for (let second = 0; second < 604_800; second += 1) trend.add((second === 4_711 ? 65_536 : 64) * MEBIBYTE);
    const report = trend.report();
    expect(report?.mebibytes.length).toBeLessThanOrEqual(MEMORY_SAMPLES_MAX);
    expect(Math.max(...(report?.mebibytes ?? []))).toBe(65_536);
    expect(JSON.stringify(trendOf(Array.from({ length: 59 }, () => 65_536)).report()).length).toBeLessThan(400);
  });
});
