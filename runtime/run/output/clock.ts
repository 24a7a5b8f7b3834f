import { monotonicNow } from "../../kube/values/time.ts";

/** Injected, so that tests of deadlines need not wait. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Monotonic time in milliseconds. */
  ticks(): number;
  /** Calls back once, without keeping the process alive. Returns a function that cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Node's timers fire at once for more than this (about 24.8 days). https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The system clock. Its timers are unreferenced: a run that waits only for them has nothing left to do. */
export const systemClock: Clock = { now: Date.now, ticks: monotonicNow, after: wait };

function wait(milliseconds: number, callback: () => void): () => void {
  const first = Math.min(milliseconds, LONGEST_TIMER_MS);
  let callOff = (): void => clearTimeout(timer);
  const timer = setTimeout(() => {
    if (first === milliseconds) callback();
    else callOff = wait(milliseconds - first, callback);
  }, first).unref();
  return () => callOff();
}

const DAY_MS = 86_400_000;
const DAYS_PER_ERA = 146_097;
/** From 0000-03-01 to 1970-01-01; years that start in March end with their leap day. */
const DAYS_TO_EPOCH = 719_468;

/**
 * The same as `new Date(ms).toISOString()`, for the years 0 to 9999. A process's first Date makes V8 read the machine's time zone, which takes longer
 * than everything else a short run does with times. https://howardhinnant.github.io/date_algorithms.html#civil_from_days
 *
 * @param ms milliseconds since the epoch
 */
export function isoTime(ms: number): string {
  const whole = Math.trunc(ms);
  const days = Math.floor(whole / DAY_MS) + DAYS_TO_EPOCH;
  const era = Math.floor(days / DAYS_PER_ERA);
  const dayOfEra = days - era * DAYS_PER_ERA;
  const leapDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  /** 0 is March. */
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const inDay = whole - (days - DAYS_TO_EPOCH) * DAY_MS;
  const date = `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
  const time = [inDay / 3_600_000, (inDay / 60_000) % 60, (inDay / 1_000) % 60].map((part) => digits(part, 2));
  return `${date}T${time.join(":")}.${digits(inDay % 1_000, 3)}Z`;
}

function digits(value: number, count: number): string {
  return String(Math.floor(value)).padStart(count, "0");
}
