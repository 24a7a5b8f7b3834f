import { DEFAULT_TIME_ZONE, type JobSettings } from "../../runtime/job/definition.ts";
import { readCronFields, type WallTime } from "./cron-fields.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS_LOOKED_AT = 366;

/** What happens to runs on a day on which the clock is put forward or back. */
export interface ClockChange {
  /** The day in the job's zone, such as `2027-03-28`. */
  readonly date: string;
  /** Readings of the clock at which a run is due, such as `02:30`. */
  readonly times: readonly string[];
  /** `skipped`: the clock never shows them, and no run is made. `doubled`: it shows them twice, and so are the runs. */
  readonly effect: "skipped" | "doubled";
}

/**
 * Finds the runs that a schedule loses or makes twice within a year because the clock of its zone is changed. The CronJob controller goes by what the
 * clock shows, minute by minute: https://pkg.go.dev/github.com/robfig/cron/v3#hdr-Time_zones
 *
 * @param from where the year begins
 */
export function findClockChanges(
  { schedule, timeZone = DEFAULT_TIME_ZONE }: Pick<JobSettings, "schedule" | "timeZone">,
  from: Date,
): ClockChange[] {
  const fields = schedule === undefined ? undefined : readCronFields(schedule);
  if (fields === undefined || fields.isEveryHour) return [];
  const offsetAt = offsetReader(timeZone);
  return transitions(from.getTime(), offsetAt).flatMap(({ at, before, after }): ClockChange[] => {
    const begin = at + Math.min(before, after);
    const minutes = Math.abs(after - before) / MINUTE_MS;
    const due = Array.from({ length: minutes }, (_, minute) => new Date(begin + minute * MINUTE_MS)).filter((time) =>
      fields.matches(wallTimeOf(time)),
    );
    const [first] = due;
    if (first === undefined) return [];
    const times = due.map((time) => time.toISOString().slice(11, 16));
    return [{ date: first.toISOString().slice(0, 10), times, effect: after > before ? "skipped" : "doubled" }];
  });
}

interface Transition {
  readonly at: number;
  /** Milliseconds east of Greenwich. */
  readonly before: number;
  readonly after: number;
}

function transitions(from: number, offsetAt: (time: number) => number): Transition[] {
  const found: Transition[] = [];
  for (let day = 0; day < DAYS_LOOKED_AT; day += 1) {
    let early = from + day * DAY_MS;
    let late = early + DAY_MS;
    const [before, after] = [offsetAt(early), offsetAt(late)];
    if (before === after) continue;
    while (late - early > MINUTE_MS) {
      const middle = early + Math.floor((late - early) / 2);
      if (offsetAt(middle) === before) early = middle;
      else late = middle;
    }
    found.push({ at: Math.floor(late / MINUTE_MS) * MINUTE_MS, before, after });
  }
  return found;
}

/** How far a zone's clock is from UTC, in milliseconds. */
function offsetReader(timeZone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  return (time) => {
    const name = format.formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hours = "0", minutes = "0"] = /GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  };
}

/** Of a wall clock's reading that is kept as if it were UTC. */
function wallTimeOf(time: Date): WallTime {
  return {
    minute: time.getUTCMinutes(),
    hour: time.getUTCHours(),
    day: time.getUTCDate(),
    month: time.getUTCMonth() + 1,
    weekday: time.getUTCDay(),
  };
}

/** One line for people. */
export function describeClockChange({ date, times, effect }: ClockChange, timeZone = DEFAULT_TIME_ZONE): string {
  const [first = "", ...more] = times;
  const when = more.length === 0 ? first : `${first} and ${more.length} more times up to ${more.at(-1)}`;
  return effect === "skipped"
    ? `on ${date} the clock of ${timeZone} skips ${when}: no run then`
    : `on ${date} the clock of ${timeZone} shows ${when} twice: two runs then`;
}
