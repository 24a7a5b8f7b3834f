import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type ScheduleSnapshot, timeOf } from "../snapshots.ts";

/** A run was due while another was active, and the job does not allow two. */
export const overlapping: Cause<"overlapping", ScheduleSnapshot> = {
  name: "overlapping",
  find({ cronJob, events, active, job, namespace }) {
    const event = lastEvent(events, "JobAlreadyActive");
    if (event === undefined || timeOf(event) < Date.parse(cronJob.status?.lastScheduleTime ?? "1970-01-01")) {
      return undefined;
    }
    const [run] = active;
    return {
      what: `a due run was not started: ${run === undefined ? "another" : run} was still active, and the job allows one at a time`,
      evidence: [
        quoteEvent(event),
        `CronJob ${namespace}/${job}: concurrencyPolicy ${cronJob.spec?.concurrencyPolicy}`,
      ],
      next:
        run === undefined
          ? "Give it a rarer schedule or a shorter `timeout`."
          : `errand status ${run} -n ${namespace}; to end it: errand cancel ${run} -n ${namespace}`,
    };
  },
};
