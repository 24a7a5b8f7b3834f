import { DEFAULT_TIME_ZONE } from "../../runtime/job/definition.ts";
import { type CronSchedule, readCronSchedule } from "./cron-schedule.ts";
import { nextRun } from "./next-run.ts";
import { type WallClock, wallClock } from "./wall-clock.ts";

const MINUTE_MS = 60_000;
/** The 29th of February may be eight years away. */
const LOOKED_BACK_MS = 9 * 366 * 86_400_000;

/**
 * The last time before now at which a schedule was due.
 *
 * @param schedule cron text as it is deployed
 * @returns undefined for text that nobody can read
 */
export function lastDue(schedule: string, timeZone: string | undefined, now: Date): Date | undefined {
  const cron = readCronSchedule(schedule);
  if ("problem" in cron) return undefined;
  const last = lastRun(cron, wallClock(timeZone ?? DEFAULT_TIME_ZONE), now.getTime());
  return last === undefined ? undefined : new Date(last);
}

/**
 * The last run before a time, milliseconds since 1970. Kubernetes counts from run to run and only ever ahead, so that a run may be missing of which a
 * search from elsewhere would know: it is one only if it follows the run before it.
 */
export function lastRun(cron: CronSchedule, clock: WallClock, before: number): number | undefined {
  const last = lastFound(cron, clock, before);
  const earlier = last === undefined ? undefined : lastFound(cron, clock, last);
  const following = earlier === undefined ? undefined : nextRun(cron, clock, earlier);
  if (earlier === undefined || following === undefined || following === last) return last;
  return following < before ? following : earlier;
}

/** Found from the next runs after earlier and earlier times. */
function lastFound(cron: CronSchedule, clock: WallClock, before: number): number | undefined {
  for (let back = MINUTE_MS; back < LOOKED_BACK_MS; back *= 4) {
    const first = nextRun(cron, clock, before - back);
    if (first !== undefined && first < before) return lastBetween(cron, clock, first, before);
  }
  return undefined;
}

function lastBetween(cron: CronSchedule, clock: WallClock, run: number, before: number): number {
  let early = run;
  let late = before;
  while (late - early >= MINUTE_MS) {
    const middle = early + Math.floor((late - early) / 2);
    const next = nextRun(cron, clock, middle);
    if (next !== undefined && next < before) early = next;
    else late = middle;
  }
  return early;
}
