import { monotonicNow } from "../../kube/values/time.ts";

/** Time, passed in so that deadlines are tested without waiting. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment in the past; no change of the machine's clock moves them. */
  ticks(): number;
  /** Calls back once after so many milliseconds, and never keeps the process alive. Returns what calls it off. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Node's timers fire at once when they are asked for more than this (about 24.8 days). https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. Its timers are unreferenced: a run that waits for nothing but a timer of ours has nothing left to do. */
export const systemClock: Clock = {
  now: Date.now,
  ticks: monotonicNow,
  after: (milliseconds, callback) => wait(milliseconds, callback),
};

function wait(milliseconds: number, callback: () => void): () => void {
  const first = Math.min(milliseconds, LONGEST_TIMER_MS);
  let callOff = (): void => clearTimeout(timer);
  const timer = setTimeout(() => {
    if (first === milliseconds) callback();
    else callOff = wait(milliseconds - first, callback);
  }, first).unref();
  return () => callOff();
}
