import { lastDue } from "../schedule/next-run.ts";
import type { CronJobObject } from "./find-job.ts";

/**
 * The last time at which a run was due and was not started before it was too late. A CronJob does not say so itself: it is what its schedule asks
 * for and its `lastScheduleTime` lacks.
 *
 * @returns undefined where the last due run was started, can still start, or came before the CronJob
 */
export function missedDue({ metadata, spec, status }: CronJobObject, now: Date): Date | undefined {
  const { schedule = "", timeZone, suspend, startingDeadlineSeconds } = spec ?? {};
  const due = suspend ? undefined : lastDue(schedule, timeZone, now);
  if (due === undefined || startingDeadlineSeconds === undefined) return undefined;
  const since = Math.max(
    Date.parse(metadata.creationTimestamp),
    status?.lastScheduleTime === undefined ? 0 : Date.parse(status.lastScheduleTime),
  );
  const tooLate = due.getTime() + startingDeadlineSeconds * 1_000;
  return due.getTime() > since && now.getTime() > tooLate ? due : undefined;
}
