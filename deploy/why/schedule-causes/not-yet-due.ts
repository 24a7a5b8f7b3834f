import { nextRuns } from "../../schedule/schedule.ts";
import { zonedTime } from "../../schedule/zoned-time.ts";
import type { Cause } from "../finding.ts";
import type { ScheduleSnapshot } from "../snapshots.ts";

/** The schedule has not come since the job was deployed. */
export const notYetDue: Cause<"notYetDue", ScheduleSnapshot> = {
  name: "notYetDue",
  find({ cronJob, now, runs, job, namespace }) {
    const { schedule = "", timeZone = "Etc/UTC", suspend } = cronJob.spec ?? {};
    if (suspend || runs > 0 || cronJob.status?.lastScheduleTime !== undefined) return undefined;
    const [next] = nextRuns({ schedule, timeZone }, now, 1);
    return {
      what: `${job} has not been due since it was deployed${next === undefined ? "" : `: its first run is at ${zonedTime(next, timeZone)} ${timeZone}`}`,
      evidence: [`CronJob ${namespace}/${job}: schedule ${schedule}, created ${cronJob.metadata.creationTimestamp}`],
      next: `Wait, or run it now: errand trigger ${job} -n ${namespace} --wait`,
    };
  },
};
