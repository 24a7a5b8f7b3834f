import cronstrue from "cronstrue";
import { DEFAULT_TIME_ZONE, type JobSettings } from "../../runtime/job/definition.ts";
import type { DefinitionProblem } from "../../runtime/job/problem.ts";
import { readCronSchedule } from "./cron-schedule.ts";
import { nextRun } from "./next-run.ts";
import { isTimeZone } from "./time-zone.ts";
import { wallClock } from "./wall-clock.ts";

type Scheduled = Pick<JobSettings, "schedule" | "timeZone">;

/** The time from which intervals are measured, so that the same schedule gives the same manifests every day. */
const REFERENCE = new Date("2026-01-01T00:00:00Z");
const INTERVALS_LOOKED_AT = 60;

/** Finds problems of a schedule and its time zone: text that Kubernetes would reject, and times that never come. */
export function findScheduleProblems({ schedule, timeZone }: Scheduled): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  if (typeof timeZone === "string" && !isTimeZone(timeZone)) {
    const message = `"${timeZone}" is not a time zone; expected an IANA name such as Europe/Berlin`;
    problems.push({ field: "timeZone", message });
  }
  if (typeof schedule !== "string") return problems;
  const cron = readCronSchedule(schedule);
  if ("problem" in cron) {
    problems.push({ field: "schedule", message: `"${schedule}": ${cron.problem}` });
  } else if (nextRun(cron, wallClock(DEFAULT_TIME_ZONE), REFERENCE.getTime()) === undefined) {
    problems.push({ field: "schedule", message: `"${schedule}" never occurs: there is no such day` });
  }
  return problems;
}

/**
 * The next times at which Kubernetes starts a run.
 *
 * @param job must have a valid schedule
 */
export function nextRuns({ schedule, timeZone = DEFAULT_TIME_ZONE }: Scheduled, from: Date, count: number): Date[] {
  const cron = schedule === undefined ? undefined : readCronSchedule(schedule);
  if (cron === undefined || "problem" in cron) return [];
  const clock = wallClock(timeZone);
  const runs: Date[] = [];
  for (let time = from.getTime(); runs.length < count; ) {
    const next = nextRun(cron, clock, time);
    if (next === undefined) break;
    runs.push(new Date(next));
    time = next;
  }
  return runs;
}

/** A schedule in words, such as `Every 15 minutes`. */
export function describeSchedule(schedule: string): string {
  const cron = readCronSchedule(schedule);
  return "problem" in cron ? schedule : cronstrue.toString(cron.text, { use24HourTimeFormat: true });
}

/** The shortest time between two runs, in milliseconds, whatever the day. Undefined if fewer than two runs ever come. */
export function shortestIntervalMs(job: Scheduled): number | undefined {
  const times = nextRuns(job, REFERENCE, INTERVALS_LOOKED_AT).map(Number);
  const intervals = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return intervals.length === 0 ? undefined : Math.min(...intervals);
}
