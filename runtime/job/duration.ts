const MILLISECONDS_PER_UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

type DurationUnit = keyof typeof MILLISECONDS_PER_UNIT;

/** A duration such as `90s`, `1h30m` or `2d`: whole or decimal numbers, each with a unit: ms, s, m, h, d or w. */
export type DurationText = `${number}${DurationUnit}` | (string & {});

/**
 * Matches durations, for a parameter's schema: `z.string().regex(DURATION_PATTERN)`. {@link parseDuration} parses everything it matches.
 *
 * @example DURATION_PATTERN.test("1h30m") === true
 * @example DURATION_PATTERN.test("90 minutes") === false
 */
export const DURATION_PATTERN = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/;
const ONE_PART = /(\d+(?:\.\d+)?)(ms|[smhdw])/g;

/**
 * Parses a duration, for example from a parameter.
 *
 * @param text one or more numbers, each with a unit: `ms`, `s`, `m`, `h`, `d` (24 hours) or `w` (7 days), in any order; they are added up
 * @returns milliseconds, rounded to a whole number
 * @throws {RangeError} if a unit is missing or unknown
 * @example parseDuration("1h30m") === 5_400_000
 * @example parseDuration("1.5s") === 1_500
 */
export function parseDuration(text: string): number {
  if (!DURATION_PATTERN.test(text)) {
    throw new RangeError(`"${text}" is not a duration: write a number with a unit, such as 90s, 15m, 1h30m or 2d`);
  }
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(ONE_PART)) {
    milliseconds += Number(amount) * MILLISECONDS_PER_UNIT[unit as DurationUnit];
  }
  return Math.round(milliseconds);
}

/**
 * Formats a duration for people, with its two largest units.
 *
 * @param milliseconds negative values become `0s`
 * @example formatDuration(5_400_000) === "1h30m"
 */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return milliseconds <= 0 ? "0s" : `${Math.round(milliseconds)}ms`;
  let rest = Math.round(milliseconds / 1_000);
  const parts: string[] = [];
  for (const [unit, seconds] of [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
  ] as const) {
    const amount = Math.floor(rest / seconds);
    rest -= amount * seconds;
    if (amount > 0) parts.push(`${amount}${unit}`);
  }
  return parts.slice(0, 2).join("");
}
