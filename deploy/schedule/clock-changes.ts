import { DEFAULT_TIME_ZONE, type JobSettings } from "../../runtime/job/definition.ts";
import { type CronSchedule, matchesDay, matchesWallTime, readCronSchedule } from "./cron-schedule.ts";
import { lastRun, nextRun } from "./next-run.ts";
import { readingOf, type WallClock, wallClock } from "./wall-clock.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS_LOOKED_AT = 366;
const HOURS = 24;

/** What happens to runs at a clock change. */
export interface ClockChange {
  /** The day in the job's zone, such as `2027-03-28`. */
  readonly date: string;
  /** The affected readings of the clock, such as `02:30`. */
  readonly times: readonly string[];
  /** `skipped`: a due run is not started. `doubled`: it is started twice. `added`: a run is started on a day that is not in the schedule. */
  readonly effect: "skipped" | "doubled" | "added";
  /** Whether the clock itself skips or repeats these readings; Kubernetes makes mistakes at others too. */
  readonly isOnClock: boolean;
}

/**
 * Finds the runs that a schedule skips or repeats within a year because of clock changes: compares what Kubernetes really does with what the schedule
 * says.
 *
 * @param from the start of the year
 */
export function findClockChanges(
  { schedule, timeZone = DEFAULT_TIME_ZONE }: Pick<JobSettings, "schedule" | "timeZone">,
  from: Date,
): ClockChange[] {
  const cron = schedule === undefined ? undefined : readCronSchedule(schedule);
  if (cron === undefined || "problem" in cron) return [];
  const clock = wallClock(timeZone);
  return transitions(from.getTime(), clock).flatMap((transition) => changesAt(cron, clock, transition));
}

interface Transition {
  readonly at: number;
  /** Offsets from UTC in milliseconds. */
  readonly before: number;
  readonly after: number;
}

function transitions(from: number, { offsetAt }: WallClock): Transition[] {
  const found: Transition[] = [];
  for (let day = 0; day < DAYS_LOOKED_AT; day += 1) {
    let early = from + day * DAY_MS;
    let late = early + DAY_MS;
    const [before, after] = [offsetAt(early), offsetAt(late)];
    if (before === after) continue;
    while (late - early > MINUTE_MS) {
      const middle = early + Math.floor((late - early) / 2);
      if (offsetAt(middle) === before) early = middle;
      else late = middle;
    }
    found.push({ at: Math.floor(late / MINUTE_MS) * MINUTE_MS, before, after });
  }
  return found;
}

/** Compares the due readings with those at which runs are started; readings are stored as if they were UTC. */
function changesAt(cron: CronSchedule, clock: WallClock, { at, before, after }: Transition): ClockChange[] {
  const gap = [at + Math.min(before, after), at + Math.max(before, after)] as const;
  const isOnClock = (reading: number) => reading >= gap[0] && reading < gap[1];
  const made = runsAround(cron, clock, at).map((run) => run + clock.offsetAt(run));
  const counts = new Map<number, number>();
  for (const reading of made) counts.set(reading, (counts.get(reading) ?? 0) + 1);
  const found: { readonly effect: ClockChange["effect"]; readonly reading: number }[] = [];
  for (const reading of readingsBetween(cron, counts, gap[0] - DAY_MS, Math.max(gap[1] + DAY_MS, ...made.slice(-1)))) {
    const count = counts.get(reading) ?? 0;
    const isDue = matchesWallTime(cron, readingOf(reading));
    if (isDue === count > 0 && count < 2) continue;
    // If every hour is due, an hour that the clock skips or repeats is neither missing nor too much.
    if (isOnClock(reading) && isDue && cron.hours.size === HOURS) continue;
    found.push({ effect: !isDue ? "added" : count === 0 ? "skipped" : "doubled", reading });
  }
  const groups = Map.groupBy(found, ({ effect, reading }) => `${effect} ${dateOf(reading)} ${isOnClock(reading)}`);
  return [...groups.values()].flatMap((group): ClockChange[] => {
    const [one] = group;
    if (one === undefined) return [];
    const times = group.map(({ reading }) => new Date(reading).toISOString().slice(11, 16));
    return [{ date: dateOf(one.reading), times, effect: one.effect, isOnClock: isOnClock(one.reading) }];
  });
}

/** The minutes of the days in the schedule, and of other days that have runs. */
function* readingsBetween(cron: CronSchedule, made: ReadonlyMap<number, number>, first: number, last: number) {
  const madeOn = new Set([...made.keys()].map((reading) => Math.floor(reading / DAY_MS)));
  for (let day = Math.floor(first / DAY_MS); day * DAY_MS < last; day += 1) {
    const wall = readingOf(day * DAY_MS);
    if (!madeOn.has(day) && !(cron.months.has(wall.month) && matchesDay(cron, wall))) continue;
    const end = Math.min((day + 1) * DAY_MS, last);
    for (let reading = Math.max(day * DAY_MS, first); reading < end; reading += MINUTE_MS) yield reading;
  }
}

/**
 * The runs from two days before a change to the first one two days after it. Each is counted from the one before, as in the CronJob controller, whose start
 * decides what it misses.
 */
function runsAround(cron: CronSchedule, clock: WallClock, at: number): number[] {
  const runs: number[] = [];
  const before = lastRun(cron, clock, at - 2 * DAY_MS) ?? at - 2 * DAY_MS;
  for (let run = nextRun(cron, clock, before); run !== undefined; run = nextRun(cron, clock, run)) {
    runs.push(run);
    if (run >= at + 2 * DAY_MS) break;
  }
  return runs;
}

function dateOf(reading: number): string {
  return new Date(reading).toISOString().slice(0, 10);
}

/** One line for people. */
export function describeClockChange(change: ClockChange, timeZone = DEFAULT_TIME_ZONE): string {
  const { date, times, effect, isOnClock } = change;
  const [first = "", ...more] = times;
  const when = more.length === 0 ? first : `${first} and ${more.length} more times up to ${more.at(-1)}`;
  if (isOnClock && effect === "skipped") return `on ${date} the clock of ${timeZone} skips ${when}: no run`;
  if (isOnClock && effect === "doubled") return `on ${date} the clock of ${timeZone} shows ${when} twice: two runs`;
  const runs = { skipped: "triggers no run at", doubled: "triggers two runs at", added: "also triggers a run at" }[
    effect
  ];
  return `on ${date} Kubernetes ${runs} ${when}: it miscounts when the clock of ${timeZone} changes`;
}
