import type { JudgedJob, JudgedRun, RuleName, Verdict } from "./judged.ts";

/** A run that has ended. */
export type Ended = JudgedRun & { readonly finishedAt: Date };

/** What is usual is the median of at most so many runs before, and nobody knows it from fewer than {@link USUAL_MIN}. */
export const USUAL_MAX = 20;
export const USUAL_MIN = 5;

/** A job's runs that say something of it, newest first; those that go on are apart. */
export interface Ends {
  readonly job: JudgedJob;
  readonly active: readonly JudgedRun[];
  readonly ended: readonly Ended[];
  readonly now: Date;
}

/** The newest ends of which something is wrong, up to the first of which it is not. */
export function streakOf(
  ended: readonly Ended[],
  isWrong: (run: Ended) => boolean,
): { readonly streak: readonly Ended[]; readonly good: Ended | undefined } {
  const first = ended.findIndex((run) => !isWrong(run));
  return first < 0 ? { streak: ended, good: undefined } : { streak: ended.slice(0, first), good: ended[first] };
}

/** The median of what the runs before another took or changed; undefined where too few are known. @param ended newest first */
export function usualBefore(
  ended: readonly Ended[],
  { startedAt }: JudgedRun,
  measure: (run: Ended) => number,
): number | undefined {
  const before = ended.filter(({ finishedAt }) => finishedAt <= startedAt).slice(0, USUAL_MAX);
  return before.length < USUAL_MIN ? undefined : medianOf(before.map(measure));
}

export function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

/** How long a run took, or has taken so far, in milliseconds. */
export function lengthOf({ startedAt, finishedAt }: JudgedRun, now: Date): number {
  return Math.max(0, (finishedAt ?? now).getTime() - startedAt.getTime());
}

export function hasSucceeded({ outcome }: JudgedRun): boolean {
  return outcome === "succeeded";
}

/** @param streak the runs that show it, newest first @param good the run before them, where it is kept */
export function wrong(
  rule: RuleName,
  { namespace }: JudgedJob,
  streak: readonly [JudgedRun, ...JudgedRun[]],
  good: Ended | undefined,
  words: string,
): Verdict {
  const [newest] = streak;
  const first = streak.at(-1) ?? newest;
  return {
    rule,
    state: "wrong",
    run: first.run,
    since: first.finishedAt ?? first.startedAt,
    lastAt: newest.finishedAt ?? newest.startedAt,
    ...(good === undefined ? {} : { wellAt: good.finishedAt }),
    count: streak.length,
    words,
    ...(newest.message === undefined ? {} : { evidence: newest.message }),
    nextStep: `errand why ${newest.run} -n ${namespace}`,
  };
}

/** Well since a run ended, where there is such a run. @param words without a full stop */
export function wellSince(rule: RuleName, good: Ended | undefined, words: (run: Ended) => string): Verdict {
  return good === undefined
    ? { rule, state: "unknown" }
    : { rule, state: "well", at: good.finishedAt, words: `${words(good)}.` };
}

export function turnedOff(rule: RuleName, now: Date): Verdict {
  return { rule, state: "well", at: now, words: "The rule was turned off." };
}

export function isSome<T>(values: readonly T[]): values is readonly [T, ...T[]] {
  return values.length > 0;
}
