import { missedDue } from "../../schedule/missed-due.ts";
import { zonedTime } from "../../schedule/zoned-time.ts";
import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type ScheduleSnapshot } from "../snapshots.ts";

/** A run was due, and was not started before it was too late for it. */
export const deadlineMissed: Cause<"deadlineMissed", ScheduleSnapshot> = {
  name: "deadlineMissed",
  find({ cronJob, events, now, job, namespace }) {
    const due = missedDue(cronJob, now);
    if (due === undefined) return undefined;
    const { timeZone, startingDeadlineSeconds } = cronJob.spec ?? {};
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
