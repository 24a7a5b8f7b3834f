import { DEFAULT_TIME_ZONE } from "../../runtime/job/definition.ts";
import { type CronSchedule, matchesDay, readCronSchedule } from "./cron-schedule.ts";
import { type WallClock, wallClock } from "./wall-clock.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const YEARS_LOOKED_AT = 5;
const STEPS_BACK_MAX = 10;
/** The 29th of February may be eight years away. */
const LOOKED_BACK_MS = 9 * 366 * 86_400_000;

/**
 * The next time at which Kubernetes starts a run. Follows Kubernetes' parser step by step, since that decides what happens at a clock change: days without a
 * midnight are skipped or come twice, and after a change by half an hour the rest of the day is.
 * https://github.com/robfig/cron/blob/v3.0.1/spec.go#L58
 *
 * @param after milliseconds since 1970, as is the result
 * @returns undefined if there is none within five years
 */
export function nextRun(cron: CronSchedule, clock: WallClock, after: number): number | undefined {
  let run = search(cron, clock, after);
  // Within an hour that comes twice, the search can end before its start; the controller, which counts from run to run, never does.
  for (let step = 0; run !== undefined && run <= after; step += 1) {
    run = step < STEPS_BACK_MAX ? search(cron, clock, run) : undefined;
  }
  return run;
}

function search(cron: CronSchedule, clock: WallClock, after: number): number | undefined {
  const start = Math.floor(after / SECOND_MS) * SECOND_MS + SECOND_MS;
  const yearMax = clock.read(start).year + YEARS_LOOKED_AT;
  const place: Search = { cron, clock, yearMax, isMoved: false, time: start };
  while (clock.read(place.time).year <= yearMax) {
    if (toMonth(place) && toDay(place) && toHour(place) && toMinute(place) && toSecond(place)) return place.time;
  }
  return undefined;
}

/** The state of a search. Each step moves it to a matching value of one field, and returns false if a larger field has changed meanwhile. */
interface Search {
  readonly cron: CronSchedule;
  readonly clock: WallClock;
  readonly yearMax: number;
  time: number;
  /** After the first move, smaller fields are at their start and are not reset again. */
  isMoved: boolean;
}

function toMonth(search: Search): boolean {
  const { cron, clock } = search;
  for (;;) {
    const now = clock.read(search.time);
    if (cron.months.has(now.month)) return true;
    begin(search, () => clock.timeOf(now.year, now.month, 1));
    const { year, month, day, hour, minute, second } = clock.read(search.time);
    search.time = clock.timeOf(year, month + 1, day, hour, minute, second);
    if (clock.read(search.time).month === 1) return false;
  }
}

function toDay(search: Search): boolean {
  const { cron, clock } = search;
  for (;;) {
    const now = clock.read(search.time);
    if (matchesDay(cron, now)) return true;
    begin(search, () => clock.timeOf(now.year, now.month, now.day));
    const before = search.time;
    const { year, month, day, hour, minute, second } = clock.read(before);
    search.time = clock.timeOf(year, month, day + 1, hour, minute, second);
    // On days without a midnight.
    const found = clock.read(search.time).hour;
    if (found !== 0) search.time += (found > 12 ? 24 - found : -found) * HOUR_MS;
    // A day that the zone's calendar lacks, as Samoa's 30 December 2011: Kubernetes' own search never ends here.
    if (search.time <= before) search.time = clock.timeOf(search.yearMax + 1, 1, 1);
    if (clock.read(search.time).day === 1) return false;
  }
}

function toHour(search: Search): boolean {
  const { cron, clock } = search;
  for (;;) {
    const { year, month, day, hour } = clock.read(search.time);
    if (cron.hours.has(hour)) return true;
    begin(search, () => clock.timeOf(year, month, day, hour));
    search.time += HOUR_MS;
    if (clock.read(search.time).hour === 0) return false;
  }
}

function toMinute(search: Search): boolean {
  const { cron, clock } = search;
  for (;;) {
    if (cron.minutes.has(clock.read(search.time).minute)) return true;
    begin(search, () => Math.floor(search.time / MINUTE_MS) * MINUTE_MS);
    search.time += MINUTE_MS;
    if (clock.read(search.time).minute === 0) return false;
  }
}

function toSecond(search: Search): boolean {
  const past = search.time % MINUTE_MS;
  if (past === 0) return true;
  search.isMoved = true;
  search.time += MINUTE_MS - past;
  return false;
}

function begin(search: Search, beginning: () => number): void {
  if (search.isMoved) return;
  search.isMoved = true;
  search.time = beginning();
}

/**
 * The last time before now at which a schedule was due.
 *
 * @param schedule cron text as it is deployed
 * @returns undefined for an invalid schedule
 */
export function lastDue(schedule: string, timeZone: string | undefined, now: Date): Date | undefined {
  const cron = readCronSchedule(schedule);
  if ("problem" in cron) return undefined;
  const last = lastRun(cron, wallClock(timeZone ?? DEFAULT_TIME_ZONE), now.getTime());
  return last === undefined ? undefined : new Date(last);
}

/**
 * The last run before a time, in milliseconds since 1970. Kubernetes only counts forward from run to run, and so may skip a run that a search from another
 * time would find. It counts only if it follows the run before it.
 */
export function lastRun(cron: CronSchedule, clock: WallClock, before: number): number | undefined {
  const last = lastFound(cron, clock, before);
  const earlier = last === undefined ? undefined : lastFound(cron, clock, last);
  const following = earlier === undefined ? undefined : nextRun(cron, clock, earlier);
  if (earlier === undefined || following === undefined || following === last) return last;
  return following < before ? following : earlier;
}

/** Searches forward from earlier and earlier times. */
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
