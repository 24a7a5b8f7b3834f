import { readCronText } from "./cron-text.ts";

/** What Kubernetes' own parser makes of its macros. https://pkg.go.dev/github.com/robfig/cron/v3#hdr-Predefined_schedules */
const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

/** One field of a schedule: which numbers it takes. */
interface Field {
  readonly values: ReadonlySet<number>;
  /** Written as `*` or with a step over it. */
  readonly isStar: boolean;
}

/** A wall clock's reading. */
export interface WallTime {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/** A schedule that can be asked about any reading of the clock. */
export interface CronFields {
  matches(time: WallTime): boolean;
  /** True where it takes every hour of a matching day: a skipped hour is no loss then. */
  readonly isEveryHour: boolean;
}

/** Reads a schedule's fields; undefined for text that Kubernetes would refuse. */
export function readCronFields(schedule: string): CronFields | undefined {
  const cron = readCronText(schedule);
  if (cron.problem !== undefined) return undefined;
  const texts = (MACROS[cron.text] ?? cron.text).split(" ");
  const [minute, hour, day, month, weekday] = RANGES.map(([least, most], index) =>
    readField(texts[index] ?? "*", least, most),
  );
  if (!minute || !hour || !day || !month || !weekday) return undefined;
  return {
    isEveryHour: hour.values.size === 24,
    matches(time) {
      const isDay = day.values.has(time.day);
      const isWeekday = weekday.values.has(time.weekday);
      // Where both are limited, either is enough. https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format
      const onDay = day.isStar || weekday.isStar ? isDay && isWeekday : isDay || isWeekday;
      return minute.values.has(time.minute) && hour.values.has(time.hour) && month.values.has(time.month) && onDay;
    },
  };
}

function readField(text: string, least: number, most: number): Field {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "*", step = "1"] = part.split("/");
    const [first, last] = range === "*" ? [least, most] : range.split("-").map(Number);
    for (let value = first ?? least; value <= (last ?? first ?? most); value += Number(step)) values.add(value);
  }
  return { values, isStar: text.split(",").some((part) => part.startsWith("*")) };
}
