import type { WallTime } from "./wall-clock.ts";

/** A schedule as Kubernetes understands it. */
export interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** True if both day fields are limited; then either is enough. `*` with a step above 1 is a limit too. */
  readonly eitherDay: boolean;
  /** The same schedule in the form that other cron parsers understand. */
  readonly text: string;
}

/** How Kubernetes' parser expands its macros. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
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
 * extensions of other parsers: no seconds, no `L`, `W` or `#`, and Sunday is 0, not 7.
 *
 * Refuses one thing that Kubernetes accepts: `@every 1h` counts from the CronJob's creation and its last run, so the file does not tell when it runs.
 */
export function readCronSchedule(schedule: string): CronSchedule | { readonly problem: string } {
  if (schedule.includes("TZ")) {
    return { problem: "Kubernetes does not allow a time zone in the schedule; set timeZone" };
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

/** Whether a schedule matches a reading of the clock. */
export function matchesWallTime(cron: CronSchedule, { minute, hour, day, month, weekday }: WallTime): boolean {
  return (
    cron.minutes.has(minute) && cron.hours.has(hour) && cron.months.has(month) && matchesDay(cron, { day, weekday })
  );
}

/** Whether a schedule matches a day of any month. */
export function matchesDay(
  { days, weekdays, eitherDay }: CronSchedule,
  { day, weekday }: Pick<WallTime, "day" | "weekday">,
): boolean {
  return eitherDay ? days.has(day) || weekdays.has(weekday) : days.has(day) && weekdays.has(weekday);
}

/** One of the five fields of a schedule: its name, and the numbers and names that it may hold. */
interface CronPlace {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** English names; the first stands for the least number. */
  readonly words: readonly string[];
}

/** What one field of a schedule matches. */
interface CronField {
  readonly values: ReadonlySet<number>;
  /** Matches every number, by `*` or `?` with a step of 1. Of the two day fields, the other one then decides alone. */
  readonly isStar: boolean;
  /** In the form that other cron parsers understand: numbers for names, `*` for `?`. */
  readonly text: string;
}

interface Part extends CronField {
  readonly problem?: undefined;
}

/** Numbers as in Kubernetes' parser, which uses Go's `strconv.Atoi`. */
const NUMBER = /^\+?\d{1,18}$/;

/**
 * Reads one field as Kubernetes does, quirks included: whatever follows `*-` is ignored, and so are empty elements of a list. Refuses an empty list,
 * which Kubernetes accepts, since it would never start a run.
 * https://github.com/robfig/cron/blob/v3.0.1/parser.go#L230
 */
function readCronField(text: string, place: CronPlace): CronField | { readonly problem: string } {
  const parts: Part[] = [];
  for (const element of text.split(",").filter((each) => each !== "")) {
    const part = readPart(element, place);
    if (part.problem !== undefined) return part;
    parts.push(part);
  }
  if (parts.length === 0) return refusalOf(text, place);
  return {
    values: new Set(parts.flatMap(({ values }) => [...values])),
    isStar: parts.some(({ isStar }) => isStar),
    text: parts.map((part) => part.text).join(","),
  };
}

function readPart(element: string, place: CronPlace): Part | { readonly problem: string } {
  const { least, most } = place;
  const refusal = refusalOf(element, place);
  const [range = "", stepText, ...moreSteps] = element.split("/");
  const [first = "", last, ...moreEnds] = range.split("-");
  const isEvery = first === "*" || first === "?";
  const start = isEvery ? least : numberOf(first, place);
  const step = stepText === undefined ? 1 : numberIn(stepText);
  if (start === undefined || step === undefined || step === 0 || moreSteps.length > 0) return refusal;
  const opensEnd = isEvery || (last === undefined && stepText !== undefined);
  if (!isEvery && moreEnds.length > 0) return refusal;
  const end = opensEnd ? most : last === undefined ? start : numberOf(last, place);
  if (end === undefined || start < least || end > most || start > end) return refusal;
  const values = new Set<number>();
  for (let value = start; value <= end; value += step) values.add(value);
  const whole = isEvery ? "*" : opensEnd || start === end ? `${start}` : `${start}-${end}`;
  const written = step === 1 && !(opensEnd && !isEvery) ? whole : `${whole}/${step}`;
  return { values, isStar: isEvery && step === 1, text: values.size === 1 ? `${start}` : written };
}

function refusalOf(text: string, { name, least, most, words }: CronPlace): { readonly problem: string } {
  const expected = `expected numbers from ${least} to ${most}${words.length > 0 ? " or names" : ""}`;
  return { problem: `"${text}" is not a valid ${name}; ${expected}` };
}

function numberOf(word: string, { words, least }: CronPlace): number | undefined {
  const named = words.indexOf(word.toLowerCase());
  return named >= 0 ? least + named : numberIn(word);
}

function numberIn(word: string): number | undefined {
  return NUMBER.test(word) ? Number(word) : undefined;
}
