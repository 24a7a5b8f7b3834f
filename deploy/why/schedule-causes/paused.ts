import { PAUSE_MANAGER, pausedSince } from "../../operate/pause.ts";
import type { Cause } from "../finding.ts";
import type { ScheduleSnapshot } from "../snapshots.ts";

/** Somebody stopped the schedule with `errand pause`. */
export const paused: Cause<"paused", ScheduleSnapshot> = {
  name: "paused",
  find({ cronJob, job, namespace }) {
    const since = pausedSince(cronJob);
    if (since === undefined || !cronJob.spec?.suspend) return undefined;
    return {
      what: `the schedule starts no runs: ${job} is paused since ${since}`,
      evidence: [`CronJob ${namespace}/${job}: suspend is true, set by ${PAUSE_MANAGER}`],
      next: `errand resume ${job} -n ${namespace}`,
    };
  },
};
