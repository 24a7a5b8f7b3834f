/** One place of a schedule: what it is called and which numbers and names it may hold. */
export interface CronPlace {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** English names, the first of which stands for the least number. */
  readonly words: readonly string[];
}

/** What one field of a schedule takes. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  /** Takes every number, by `*`, `?` or a step of 1 over them: of the two fields that choose days, the other one then decides alone. */
  readonly isStar: boolean;
  /** As other readers of cron text take it: numbers for names, `*` for `?`. */
  readonly text: string;
}

interface Part extends CronField {
  readonly problem?: undefined;
}

/** How a number may be written: Kubernetes' parser takes what Go's `strconv.Atoi` does. */
const NUMBER = /^\+?\d{1,18}$/;

/**
 * Reads one field as Kubernetes does, quirks included: what follows `*-` is not looked at, and an empty element of a list stands for nothing.
 * A list of nothing is refused, which Kubernetes takes: no run would ever come of it.
 * https://github.com/robfig/cron/blob/v3.0.1/parser.go#L230
 */
export function readCronField(text: string, place: CronPlace): CronField | { readonly problem: string } {
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
  return { problem: `"${text}" is no ${name}; ${expected}` };
}

function numberOf(word: string, { words, least }: CronPlace): number | undefined {
  const named = words.indexOf(word.toLowerCase());
  return named >= 0 ? least + named : numberIn(word);
}

function numberIn(word: string): number | undefined {
  return NUMBER.test(word) ? Number(word) : undefined;
}
