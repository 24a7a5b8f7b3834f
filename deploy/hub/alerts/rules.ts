import { duration, wordsOf } from "../../../runtime/page/words.ts";
import {
  type Ended,
  type Ends,
  hasSucceeded,
  isSome,
  lengthOf,
  streakOf,
  turnedOff,
  wellSince,
  wrong,
} from "./ends.ts";
import type { Gap, JudgedJob, JudgedRun, Verdict } from "./judged.ts";
import { judgeOverdue } from "./overdue.ts";
import { judgeChanges, judgeIdleness, judgeLength, judgeSpeed } from "./unusual.ts";

/**
 * Judges a job by every rule. Dry runs count nowhere, and what a person cancelled says nothing of the job.
 *
 * @param runs all that are kept, in any order
 * @param gaps times in which the hub saw nothing, oldest first
 * @returns one verdict a rule
 */
export function judge(job: JudgedJob, runs: readonly JudgedRun[], gaps: readonly Gap[], now: Date): Verdict[] {
  const real = runs.filter(({ isDryRun, outcome }) => !isDryRun && outcome !== "foreign");
  const telling = real.filter(({ outcome }) => outcome !== "cancelled");
  const given: Ends = {
    job,
    active: telling.filter(({ finishedAt, isWaiting }) => finishedAt === undefined && !isWaiting).toSorted(byStart),
    ended: telling.filter(hasEnded).toSorted(byEnd),
    now,
  };
  return [
    judgeFailures(given),
    judgeOverdue(job, real, gaps, now),
    judgeLength(given),
    judgeIdleness(given),
    judgeChanges(given),
    judgeSpeed(given),
  ];
}

function hasEnded(run: JudgedRun): run is Ended {
  return run.finishedAt !== undefined;
}

function byStart(left: JudgedRun, right: JudgedRun): number {
  return left.startedAt.getTime() - right.startedAt.getTime();
}

/** The newest first. Ends decide, not starts: where runs overlap, a failure that comes after another's success is the newest word. */
function byEnd(left: Ended, right: Ended): number {
  return (
    right.finishedAt.getTime() - left.finishedAt.getTime() || byStart(right, left) || (left.run < right.run ? 1 : -1)
  );
}

function judgeFailures({ job, ended, now }: Ends): Verdict {
  const rule = "failures";
  const least = job.rules.failures;
  if (least === false) return turnedOff(rule, now);
  const { streak, good } = streakOf(ended, (run) => !hasSucceeded(run));
  if (!isSome(streak) || streak.length < least) {
    return wellSince(rule, good, (run) => `It succeeded after ${duration(lengthOf(run, now))}`);
  }
  return wrong(rule, job, streak, good, failureWords(streak[0], streak.length));
}

function failureWords(newest: Ended, count: number): string {
  const { sentence } = wordsOf(newest.outcome);
  const took = newest.finishedAt.getTime() - newest.startedAt.getTime();
  const last = newest.outcome === "neverStarted" ? sentence : `${sentence} after ${duration(took)}`;
  if (count === 1) return last;
  if (newest.outcome === "failed") return `Failed ${count} times in a row`;
  return `Failed ${count} times in a row; the last run ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}
