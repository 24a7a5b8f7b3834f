import { lastDue } from "../../schedule/last-due.ts";
import { zonedTime } from "../../schedule/zoned-time.ts";
import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type ScheduleSnapshot } from "../snapshots.ts";

/** A run was due, and was not started before it was too late for it. */
export const deadlineMissed: Cause<"deadlineMissed", ScheduleSnapshot> = {
  name: "deadlineMissed",
  find({ cronJob, events, now, job, namespace }) {
    const { schedule = "", timeZone, suspend, startingDeadlineSeconds } = cronJob.spec ?? {};
    const due = suspend ? undefined : lastDue(schedule, timeZone, now);
    if (due === undefined || startingDeadlineSeconds === undefined) return undefined;
    const since = Math.max(
      Date.parse(cronJob.metadata.creationTimestamp),
      Date.parse(cronJob.status?.lastScheduleTime ?? "1970-01-01"),
    );
    const missed = due.getTime() > since && now.getTime() > due.getTime() + startingDeadlineSeconds * 1_000;
    if (!missed) return undefined;
    const event = lastEvent(events, "MissSchedule");
    const zone = timeZone ?? "Etc/UTC";
    return {
      what: `the run of ${zonedTime(due, zone)} ${zone} was not started in time, and is skipped`,
      evidence: [
        event === undefined
          ? `CronJob ${namespace}/${job}: lastScheduleTime ${cronJob.status?.lastScheduleTime ?? "never"}, startingDeadlineSeconds ${startingDeadlineSeconds}`
          : quoteEvent(event),
      ],
      next: `errand trigger ${job} -n ${namespace} if it is still useful; the controller was down, or the job was suspended then`,
    };
  },
};
