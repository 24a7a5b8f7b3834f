import { count, duration } from "../../../runtime/page/words.ts";
import { atClock, zone } from "../../dashboard/words.ts";
import { lastDue } from "../../schedule/next-run.ts";
import { nextRuns } from "../../schedule/schedule.ts";
import type { Gap, JudgedJob, JudgedRun, Verdict } from "./judged.ts";

/** More missed starts than these are counted as "at least". */
const MISSED_MAX = 100;

const rule = "overdue";

/**
 * Whether the last start that was due has come, or a later one. It goes by the hub's own clock and the schedule alone, so that it also tells of a CronJob
 * controller that is dead. A start that came late ends the incident, and the incident stays on record.
 *
 * @param runs all of the job's that are kept, in any order
 * @param gaps times in which the hub saw nothing: a start that was due in one is only missed if the CronJob itself says so
 */
export function judgeOverdue(job: JudgedJob, runs: readonly JudgedRun[], gaps: readonly Gap[], now: Date): Verdict {
  const { schedule, timeZone = "Etc/UTC", scheduledSince } = job;
  const graceMs = job.rules.overdueMs;
  if (graceMs === false) return { rule, state: "well", at: now, words: "The rule was turned off." };
  if (job.isPaused) return { rule, state: "well", at: now, words: "The job was paused." };
  if (schedule === undefined) return { rule, state: "well", at: now, words: "The job has no schedule any more." };
  const due = lastDue(schedule, timeZone, new Date(now.getTime() - graceMs + 1));
  if (due === undefined || due <= scheduledSince) return { rule, state: "unknown" };
  const started = runs.filter((run) => run.due !== undefined && run.due >= due && !run.isWaiting);
  if (started.length > 0 || (job.lastScheduled !== undefined && job.lastScheduled >= due)) {
    return wellSince(started, due, graceMs, now);
  }
  const waiting = runs.find((run) => run.due?.getTime() === due.getTime());
  if (waiting === undefined) {
    // Kubernetes skips a start while another run is active: that it takes so long is another rule's.
    const isOverlap = job.skipsOverlaps && runs.some((run) => isActiveAt(run, due));
    if (isOverlap || wasUnseen(job, due, graceMs, gaps, now)) return { rule, state: "unknown" };
  }
  return missed(job, runs, due, waiting, now);
}

function wellSince(started: readonly JudgedRun[], due: Date, graceMs: number, now: Date): Verdict {
  const own = started.find((run) => run.due?.getTime() === due.getTime());
  const lateMs = own === undefined ? 0 : own.startedAt.getTime() - due.getTime();
  const words = lateMs > graceMs ? `It started ${duration(lateMs)} late.` : "It starts on time again.";
  const at = started.map(({ startedAt }) => startedAt.getTime()).toSorted((left, right) => right - left)[0];
  return { rule, state: "well", at: at === undefined ? now : new Date(Math.max(at, due.getTime())), words };
}

/** What came and went while the hub was away is not known to be missing, unless the CronJob, once it was looked at again, still says that it started nothing since. */
function wasUnseen({ lastScheduled }: JudgedJob, due: Date, graceMs: number, gaps: readonly Gap[], now: Date): boolean {
  const end = new Date(due.getTime() + graceMs);
  const gap = gaps.findLast(({ from, to }) => from <= end && to >= due);
  return gap !== undefined && (lastScheduled === undefined || now.getTime() < gap.to.getTime() + graceMs);
}

function isActiveAt({ startedAt, finishedAt }: JudgedRun, due: Date): boolean {
  return startedAt < due && (finishedAt === undefined || finishedAt >= due);
}

function missed(
  job: JudgedJob,
  runs: readonly JudgedRun[],
  due: Date,
  waiting: JudgedRun | undefined,
  now: Date,
): Verdict {
  const { schedule = "", timeZone = "Etc/UTC", namespace, scheduledSince, lastScheduled } = job;
  const started = runs.flatMap((run) => (run.due === undefined || run.isWaiting || run.due >= due ? [] : [run.due]));
  const lastStart = started.toSorted((left, right) => right.getTime() - left.getTime())[0];
  const from = new Date(Math.max(lastStart?.getTime() ?? 0, lastScheduled?.getTime() ?? 0, scheduledSince.getTime()));
  const all = nextRuns({ schedule, timeZone }, from, MISSED_MAX).filter((time) => time <= due);
  const since = all[0] ?? due;
  const when = `${atClock(since.toISOString(), now, timeZone)} ${zone(timeZone)}`;
  const more =
    all.length > 1 ? `; ${all.length === MISSED_MAX ? "at least " : ""}${count(all.length, "start")} missed` : "";
  const words =
    waiting === undefined ? `No start since it was due ${when}${more}` : `Due ${when}, and still waiting to start`;
  return {
    rule,
    state: "wrong",
    ...(waiting === undefined ? {} : { run: waiting.run }),
    since,
    lastAt: due,
    ...(lastStart === undefined ? {} : { wellAt: lastStart }),
    count: waiting === undefined ? all.length || 1 : 1,
    words,
    ...(waiting?.message === undefined ? {} : { evidence: waiting.message }),
    nextStep: `errand why ${waiting?.run ?? job.job} -n ${namespace}`,
  };
}
