/** What Kubernetes' own parser takes besides five fields. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
const MACROS: readonly string[] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: "minute", least: 0, most: 59, words: [] },
  { name: "hour", least: 0, most: 23, words: [] },
  { name: "day of the month", least: 1, most: 31, words: [] },
  { name: "month", least: 1, most: 12, words: "jan feb mar apr may jun jul aug sep oct nov dec".split(" ") },
  { name: "weekday", least: 0, most: 6, words: "sun mon tue wed thu fri sat".split(" ") },
];

const PART = /^([*?]|\w+)(?:-(\w+))?(?:\/(\d+))?$/;

/** Cron text that Kubernetes takes, with `5/15` written as `5-59/15`, which every parser reads alike; or what is wrong with it. */
export type CronText = { readonly text: string; readonly problem?: undefined } | { readonly problem: string };

/**
 * Reads cron text as the CronJob controller does (robfig/cron): five fields or a macro, numbers or English names, and none of the
 * extensions that other parsers take: no seconds, no `L`, `W` or `#`, and Sunday is 0, not 7.
 */
export function readCronText(schedule: string): CronText {
  if (/^(?:CRON_)?TZ=/.test(schedule))
    return { problem: "a zone inside the schedule is refused by Kubernetes; write it as timeZone" };
  if (MACROS.includes(schedule)) return { text: schedule };
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    return { problem: 'expected five fields: minute, hour, day of the month, month, weekday, such as "*/15 * * * *"' };
  }
  const texts: string[] = [];
  for (const [index, field] of FIELDS.entries()) {
    const parts = (fields[index] ?? "").split(",").map((part) => readPart(part, field));
    const problem = parts.find((part) => part.problem !== undefined)?.problem;
    if (problem !== undefined) return { problem };
    texts.push(parts.map((part) => ("text" in part ? part.text : "")).join(","));
  }
  return { text: texts.join(" ") };
}

function readPart(part: string, field: Field): CronText {
  const expected = `expected numbers from ${field.least} to ${field.most}${field.words.length > 0 ? " or names" : ""}`;
  const problem = `"${part}" is no ${field.name}; ${expected}`;
  const [, first, last, step] = PART.exec(part) ?? [];
  if (first === undefined || step === "0") return { problem };
  if (first === "*" || first === "?") return last === undefined ? { text: withStep("*", step) } : { problem };
  const start = numberOf(first, field);
  const end = last === undefined ? start : numberOf(last, field);
  if (start === undefined || end === undefined || end < start) return { problem };
  if (last === undefined && step === undefined) return { text: `${start}` };
  return { text: withStep(`${start}-${last === undefined ? field.most : end}`, step) };
}

function withStep(range: string, step: string | undefined): string {
  return step === undefined ? range : `${range}/${step}`;
}

function numberOf(word: string, { words, least, most }: Field): number | undefined {
  const named = words.indexOf(word.toLowerCase());
  if (named >= 0) return least + named;
  const value = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}
