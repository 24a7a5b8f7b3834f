import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../../runtime/run/output/clock.ts";

const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("systemClock.after", () => {
  it("fires at its time and not before when it is longer than Node's longest timer", () => {
    const fired = vi.fn();
    systemClock.after(60 * DAY_MS, fired);
    vi.advanceTimersByTime(60 * DAY_MS - 1);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("never fires when it was called off, also in a later part of a long wait", () => {
    const fired = vi.fn();
    const callOff = systemClock.after(60 * DAY_MS, fired);
    vi.advanceTimersByTime(30 * DAY_MS);
    callOff();
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(fired).not.toHaveBeenCalled();
  });
});
