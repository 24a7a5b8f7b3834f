import { type CronField, type CronPlace, readCronField } from "./cron-field.ts";
import type { WallTime } from "./wall-clock.ts";

/** A schedule as Kubernetes understands it. */
export interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Where both fields that choose days are limited, either is enough; `*` over a step of more than 1 is a limit too. */
  readonly eitherDay: boolean;
  /** The same schedule as other readers of cron text take it. */
  readonly text: string;
}

/** What Kubernetes' own parser makes of its macros. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const PLACES: readonly CronPlace[] = [
  { name: "minute", least: 0, most: 59, words: [] },
  { name: "hour", least: 0, most: 23, words: [] },
  { name: "day of the month", least: 1, most: 31, words: [] },
  { name: "month", least: 1, most: 12, words: "jan feb mar apr may jun jul aug sep oct nov dec".split(" ") },
  { name: "weekday", least: 0, most: 6, words: "sun mon tue wed thu fri sat".split(" ") },
];

/**
 * Reads a schedule as the API server and the CronJob controller do (robfig/cron): five fields or a macro, numbers or English names, and none of the
 * extensions that other parsers take: no seconds, no `L`, `W` or `#`, and Sunday is 0, not 7.
 *
 * One thing is refused that Kubernetes takes: `@every 1h`. It counts from when the CronJob was made and from its last run, so that nobody can say from
 * the file when it runs.
 */
export function readCronSchedule(schedule: string): CronSchedule | { readonly problem: string } {
  if (schedule.includes("TZ")) {
    return { problem: "a zone inside the schedule is refused by Kubernetes; write it as timeZone" };
  }
  if (schedule.startsWith("@every ")) {
    return { problem: '@every counts from each deploy and run; write the times, such as "0 */2 * * *"' };
  }
  const texts = (MACROS[schedule] ?? schedule).split(/\p{White_Space}+/u).filter((text) => text !== "");
  if (texts.length !== PLACES.length) {
    return { problem: 'expected five fields: minute, hour, day of the month, month, weekday, such as "*/15 * * * *"' };
  }
  const fields: CronField[] = [];
  for (const [index, place] of PLACES.entries()) {
    const field = readCronField(texts[index] ?? "", place);
    if ("problem" in field) return field;
    fields.push(field);
  }
  const [minutes, hours, days, months, weekdays] = fields.map(({ values }) => values);
  if (!minutes || !hours || !days || !months || !weekdays) throw new TypeError("a schedule has five fields");
  return {
    ...{ minutes, hours, days, months, weekdays },
    eitherDay: fields[2]?.isStar === false && fields[4]?.isStar === false,
    text: fields.map(({ text }) => text).join(" "),
  };
}

/** Whether a schedule takes a reading of the clock. */
export function matchesWallTime(cron: CronSchedule, { minute, hour, day, month, weekday }: WallTime): boolean {
  return (
    cron.minutes.has(minute) && cron.hours.has(hour) && cron.months.has(month) && matchesDay(cron, { day, weekday })
  );
}

/** Whether a schedule takes a day of any month. */
export function matchesDay(
  { days, weekdays, eitherDay }: CronSchedule,
  { day, weekday }: Pick<WallTime, "day" | "weekday">,
): boolean {
  return eitherDay ? days.has(day) || weekdays.has(weekday) : days.has(day) && weekdays.has(weekday);
}
