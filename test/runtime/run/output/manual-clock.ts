import type { Clock } from "../../../../runtime/run/output/clock.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that only advances on demand. */
export interface ManualClock extends Clock {
  /** Advances the clock, firing timers in order. */
  advance(milliseconds: number): void;
  /** Timers that are still to fire. */
  readonly pending: number;
}

export function manualClock(start = Date.parse("2026-03-01T08:00:00Z")): ManualClock {
  let now = start;
  let timers: readonly Timer[] = [];
  return {
    now: () => now,
    ticks: () => now,
    after: (milliseconds, callback) => {
      const timer = { due: now + milliseconds, callback };
      timers = [...timers, timer].sort((one, other) => one.due - other.due);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (milliseconds) => {
      const end = now + milliseconds;
      for (let next = timers[0]; next !== undefined && next.due <= end; next = timers[0]) {
        timers = timers.slice(1);
        now = next.due;
        next.callback();
      }
      now = end;
    },
    get pending() {
      return timers.length;
    },
  };
}
