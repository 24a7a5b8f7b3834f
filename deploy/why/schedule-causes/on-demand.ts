import { hasSchedule } from "../../operate/pause.ts";
import type { Cause } from "../finding.ts";
import type { ScheduleSnapshot } from "../snapshots.ts";

/** A job without a schedule that nobody has triggered. */
export const onDemand: Cause<"onDemand", ScheduleSnapshot> = {
  name: "onDemand",
  find({ cronJob, job, namespace, runs }) {
    if (hasSchedule(cronJob) || runs > 0) return undefined;
    return {
      what: `${job} has no schedule, and nobody has triggered it as far as the cluster remembers`,
      evidence: [`CronJob ${namespace}/${job} is a suspended template`],
      next: `errand trigger ${job} -n ${namespace} --wait, or give it a schedule`,
    };
  },
};
