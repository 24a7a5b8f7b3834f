import { type Finding, findCause } from "./finding.ts";
import { deadlineMissed } from "./schedule-causes/deadline-missed.ts";
import { jobRefused } from "./schedule-causes/job-refused.ts";
import { notYetDue } from "./schedule-causes/not-yet-due.ts";
import { onDemand } from "./schedule-causes/on-demand.ts";
import { overlapping } from "./schedule-causes/overlapping.ts";
import { paused } from "./schedule-causes/paused.ts";
import { suspended } from "./schedule-causes/suspended.ts";
import type { ScheduleSnapshot } from "./snapshots.ts";

/** Why a schedule starts no run, what explains more first. */
const SCHEDULE_CAUSES = [paused, suspended, onDemand, overlapping, jobRefused, deadlineMissed, notYetDue] as const;

export type ScheduleFinding = Finding<(typeof SCHEDULE_CAUSES)[number]["name"]>;

/** Finds why a job's schedule does not start it; undefined where it does what it should. */
export function explainSchedule(snapshot: ScheduleSnapshot): ScheduleFinding | undefined {
  return findCause<ScheduleFinding["cause"], ScheduleSnapshot>(SCHEDULE_CAUSES, snapshot);
}
