const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Since 1970, no zone has changed its clock within such a quarter. */
const QUARTER_MS = 15 * MINUTE_MS;
/** Of a zone; a year's search reads a thousand. */
const QUARTERS_KEPT_MAX = 50_000;

/** One for each zone: a search asks for the same offsets again and again, and Intl takes 5 µs for each. */
const clocks = new Map<string, WallClock>();

/** What a wall clock shows. */
export interface WallTime {
  readonly year: number;
  /** 1 is January. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/** The clock of a time zone. Times are milliseconds since 1970. */
export interface WallClock {
  /** Milliseconds by which it is ahead of UTC. */
  offsetAt(time: number): number;
  read(time: number): WallTime;
  /**
   * The time at which it shows a reading; a month or day beyond the last one overflows into the next. For a reading that is skipped or comes twice, the time
   * of Go's `time.Date`. https://pkg.go.dev/time#Date
   */
  timeOf(year: number, month: number, day: number, hour?: number, minute?: number, second?: number): number;
}

/**
 * The clock of a time zone.
 *
 * @param timeZone IANA name
 * @throws {RangeError} for a name that this Node does not know
 */
export function wallClock(timeZone: string): WallClock {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset", year: "numeric" });
  const offsets = new Map<number, number>();
  const offsetAt = (time: number): number => {
    const quarter = Math.floor(time / QUARTER_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      if (offsets.size >= QUARTERS_KEPT_MAX) offsets.clear();
      offset = offsetIn(format.format(quarter * QUARTER_MS));
      offsets.set(quarter, offset);
    }
    return offset;
  };
  const clock: WallClock = {
    offsetAt,
    read: (time) => readingOf(time + offsetAt(time)),
    timeOf(year, month, day, hour = 0, minute = 0, second = 0) {
      const reading = Date.UTC(year, month - 1, day, hour, minute, second);
      const offset = offsetAt(reading);
      return offset === 0 ? reading : reading - offsetAt(reading - offset);
    },
  };
  clocks.set(timeZone, clock);
  return clock;
}

/** Reads the offset in a text such as `2026, GMT+05:30`. */
function offsetIn(text: string): number {
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = /GMT([+-])(\d+):(\d+)(?::(\d+))?/.exec(text) ?? [];
  const size = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS + Number(seconds) * SECOND_MS;
  return sign === "-" ? -size : size;
}

/** Turns a reading that is stored as if it were UTC into its fields. */
export function readingOf(wall: number): WallTime {
  const days = Math.floor(wall / DAY_MS);
  if (days !== lastDate.days) lastDate = dateOf(days);
  const { year, month, day, weekday } = lastDate;
  const seconds = Math.floor((wall - days * DAY_MS) / SECOND_MS);
  return {
    year,
    month,
    day,
    weekday,
    hour: Math.floor(seconds / 3_600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
  };
}

/** Of the last reading: a search reads the same day several times in a row, and a Date takes longest to split. */
let lastDate = dateOf(0);

function dateOf(days: number) {
  const date = new Date(days * DAY_MS);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  return { days, year, month, day, weekday: date.getUTCDay() };
}

/**
 * A time as a wall clock in a time zone shows it, to the minute: `2026-03-01 06:30`.
 *
 * @param timeZone IANA name
 */
export function zonedTime(time: Date, timeZone: string): string {
  if (Number.isNaN(time.getTime())) return "no time";
  // Swedish is how Intl spells ISO 8601 with a space.
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(time);
}
