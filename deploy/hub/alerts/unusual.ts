import { count, duration } from "../../../runtime/page/words.ts";
import {
  type Ended,
  type Ends,
  hasSucceeded,
  isSome,
  lengthOf,
  medianOf,
  streakOf,
  turnedOff,
  USUAL_MAX,
  USUAL_MIN,
  usualBefore,
  wellSince,
  wrong,
} from "./ends.ts";
import type { JudgedRun, Verdict } from "./judged.ts";

const MINUTE_MS = 60_000;

/** Without a bound of its own a run may take so many times as long as usual, and never less than this. */
const LONG_TIMES = 3;
const LONG_MS_MIN = 10 * MINUTE_MS;
/** Where nobody knows what is usual. */
const LONG_MS_UNKNOWN = 24 * 60 * MINUTE_MS;

/** Fewer changes are never far more than usual. */
const MANY_CHANGES_MIN = 20;

/** What usually takes less tells nothing by being fast. */
const FAST_USUAL_MS_MIN = MINUTE_MS;

/** A run that takes too long: the oldest that still goes on, or else those that ended last. */
export function judgeLength({ job, active, ended, now }: Ends): Verdict {
  const rule = "longerThan";
  const bound = job.rules.longerThanMs;
  if (bound === false) return turnedOff(rule, now);
  const good = ended.filter(hasSucceeded);
  const usualOf = (run: JudgedRun) => usualBefore(good, run, (each) => lengthOf(each, now));
  const limitOf = (run: JudgedRun) => {
    if (bound !== "usual") return bound;
    const usual = usualOf(run);
    return usual === undefined ? LONG_MS_UNKNOWN : Math.max(LONG_MS_MIN, LONG_TIMES * usual);
  };
  const isLong = (run: JudgedRun) => lengthOf(run, now) > limitOf(run);
  const { streak, good: last } = streakOf(ended, isLong);
  const all: readonly JudgedRun[] = [...active.filter(isLong), ...streak];
  if (!isSome(all)) return wellSince(rule, last, (run) => `It took ${duration(lengthOf(run, now))}`);
  const [newest] = all;
  const took = `${newest.finishedAt === undefined ? "Has been running for" : "Took"} ${duration(lengthOf(newest, now))}`;
  const usual = usualOf(newest);
  const allowed =
    bound === "usual" ? usual && `; it usually takes ${duration(usual)}` : `; it may take ${duration(bound)}`;
  return wrong(rule, job, all, last, `${took}${allowed ?? ""}`);
}

/** Successes that did nothing, where those before them did something: changed objects, or had them in their results. */
export function judgeIdleness({ job, ended, now }: Ends): Verdict {
  const rule = "didNothing";
  const least = job.rules.didNothing;
  if (least === false) return turnedOff(rule, now);
  for (const measure of ["changed", "counted"] as const) {
    const measured = ended.filter((run) => hasSucceeded(run) && run[measure] !== undefined);
    const { streak, good } = streakOf(measured, (run) => run[measure] === 0);
    const before = measured.slice(streak.length, streak.length + USUAL_MAX);
    const usual = medianOf(before.map((run) => run[measure] ?? 0));
    if (before.length < USUAL_MIN || usual === 0) continue;
    const verb = measure === "changed" ? "change" : "find";
    if (streak.length < least || !isSome(streak)) {
      return wellSince(
        rule,
        good,
        (run) => `It ${verb === "find" ? "found" : "changed"} ${count(run[measure] ?? 0, "object")}`,
      );
    }
    const words = `Did nothing ${streak.length} times in a row; it used to ${verb} about ${count(usual, "object")}`;
    return wrong(rule, job, streak, good, words);
  }
  return { rule, state: "unknown" };
}

/** Runs that changed far more than those before them, however they ended. */
export function judgeChanges({ job, ended, now }: Ends): Verdict {
  const rule = "changedMore";
  const times = job.rules.changedMore;
  if (times === false) return turnedOff(rule, now);
  const measured = ended.filter(({ changed }) => changed !== undefined);
  const changedBy = (run: Ended) => run.changed ?? 0;
  const isMany = (run: Ended) => {
    const usual = usualBefore(measured, run, changedBy);
    return usual !== undefined && changedBy(run) >= Math.max(MANY_CHANGES_MIN, times * Math.max(1, usual));
  };
  const { streak, good } = streakOf(measured, isMany);
  if (!isSome(streak)) return wellSince(rule, good, (run) => `It changed ${count(changedBy(run), "object")}`);
  const [newest] = streak;
  const usual = usualBefore(measured, newest, changedBy) ?? 0;
  const words = `Changed ${count(changedBy(newest), "object")}; it usually changes ${usual.toLocaleString("en")}`;
  return wrong(rule, job, streak, good, words);
}

/** Successes that took far less time than those before them. */
export function judgeSpeed({ job, ended, now }: Ends): Verdict {
  const rule = "faster";
  const times = job.rules.faster;
  if (times === false) return turnedOff(rule, now);
  const successes = ended.filter(hasSucceeded);
  const took = (run: JudgedRun) => lengthOf(run, now);
  const isFast = (run: Ended) => {
    const usual = usualBefore(successes, run, took);
    return usual !== undefined && usual >= FAST_USUAL_MS_MIN && took(run) * times <= usual;
  };
  const { streak, good } = streakOf(successes, isFast);
  if (!isSome(streak)) return wellSince(rule, good, (run) => `It took ${duration(took(run))}`);
  const [newest] = streak;
  const usual = usualBefore(successes, newest, took) ?? 0;
  const words = `Succeeded after only ${duration(took(newest))}; it usually takes ${duration(usual)}`;
  return wrong(rule, job, streak, good, words);
}
