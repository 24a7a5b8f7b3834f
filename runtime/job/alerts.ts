import { type DurationText, parseDuration } from "./duration.ts";
import { type DefinitionProblem, isRecord, isTextList, problem } from "./problem.ts";
import { didYouMean } from "./suggestion.ts";

/** When the hub sends alerts about a job. `false` turns a rule off. */
export interface AlertRules {
  /** This many runs have failed in a row. Default: 1. */
  readonly failures?: number | false;
  /** A run was due this long ago and has not started, however long runs take. Default: `10m`. */
  readonly overdue?: DurationText | false;
  /** A run takes longer than this. Default: three times as long as usual, but at least `10m`. */
  readonly longerThan?: DurationText | false;
  /** This many runs in a row succeeded without doing anything, although most earlier ones did something. Default: 5. */
  readonly didNothing?: number | false;
  /** A run changed this many times as many objects as usual, and at least 20. Default: 10. */
  readonly changedMore?: number | false;
  /** A run succeeded this many times as fast as usual, if the usual duration is at least `1m`. Default: 10. */
  readonly faster?: number | false;
  /** false: no message on recovery, except to Alertmanager, whose alerts must be resolved. Default: true. */
  readonly recovered?: boolean;
  /** Names of the hub's channels. Default: all of them. */
  readonly channels?: readonly string[];
}

/** Counts and factors, with their minimum and maximum. */
const NUMBERS = { failures: [1, 100], didNothing: [2, 100], changedMore: [2, 1_000], faster: [2, 1_000] } as const;

/** Bounds of durations in milliseconds: the hub checks every few seconds, and a year is longer than any schedule needs. */
const DURATION_MS = { least: 30_000, most: 366 * 86_400_000 } as const;
const DURATIONS = ["overdue", "longerThan"] as const;

const CHANNELS_MAX = 20;

const FIELDS: readonly string[] = [...Object.keys(NUMBERS), ...DURATIONS, "recovered", "channels"];

/** A valid name of a channel. */
export const CHANNEL_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Validates `alerts`, in a job file or in settings.
 *
 * @param field its path, for messages
 */
export function findAlertProblems(alerts: unknown, field = "alerts"): DefinitionProblem[] {
  if (alerts === undefined || alerts === false) return [];
  if (!isRecord(alerts) || Array.isArray(alerts)) {
    return [problem(field, 'expected rules, such as { failures: 3, overdue: "30m" }, or false for no alerts')];
  }
  return Object.entries(alerts).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const message = messageOf(name, value);
    return message === undefined ? [] : [problem(`${field}.${name}`, message)];
  });
}

function messageOf(name: string, value: unknown): string | undefined {
  if (!FIELDS.includes(name)) return `unknown rule${didYouMean(name, FIELDS)}`;
  if (name === "recovered") return typeof value === "boolean" ? undefined : "expected true or false";
  if (name === "channels") return channelsMessage(value);
  if (value === false) return undefined;
  if (name in NUMBERS) {
    const [least, most] = NUMBERS[name as keyof typeof NUMBERS];
    const isRight = typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
    return isRight ? undefined : `expected a whole number from ${least} to ${most}, or false`;
  }
  return durationMessage(value);
}

function durationMessage(value: unknown): string | undefined {
  const expected = "expected a duration from 30s to 366d, such as 30m, or false";
  if (typeof value !== "string") return expected;
  try {
    const milliseconds = parseDuration(value);
    return milliseconds >= DURATION_MS.least && milliseconds <= DURATION_MS.most ? undefined : expected;
  } catch {
    return expected;
  }
}

function channelsMessage(value: unknown): string | undefined {
  const isRight = isTextList(value) && value.length <= CHANNELS_MAX && value.every((name) => CHANNEL_NAME.test(name));
  return isRight ? undefined : `expected names of at most ${CHANNELS_MAX} of the hub's channels, such as ["team-a"]`;
}
