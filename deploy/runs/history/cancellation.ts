import type { Report } from "../../../runtime/run/report/report.ts";
import { reportOf } from "./report-text.ts";
import { endCondition, type JobObject } from "./run-objects.ts";

/** On the Job of a run that a person ended: when, RFC 3339. Without it the Job's end would look like a passed deadline. */
export const CANCELLED_ANNOTATION = "errand/cancelled";

/** On the Job of a run that a person ended: who that was, as the API server knows him. */
export const CANCELLED_BY_ANNOTATION = "errand/cancelled-by";

/** On the Job of a run whose pod is gone: the report that the pod left. */
export const REPORT_ANNOTATION = "errand/report";

/** A deadline that has passed already: the one way to end a Job for good that leaves the Job itself in place. */
export const PASSED_DEADLINE_SECONDS = 1;

/**
 * Reads the end of a run that a person cancelled. Its pod goes with it, so that the report is kept on the Job; where that could not be done,
 * because whoever cancelled it went away or may not, it is still known that it was cancelled.
 *
 * @param base what Job and pod say of the run
 * @param own what its pod says of it, where that is still there
 * @returns undefined for a run that was not cancelled, or that has not ended yet
 */
export function readCancellation(job: JobObject, base: Report, own: Report | undefined): Report | undefined {
  const annotations = job.metadata.annotations ?? {};
  const cancelledAt = annotations[CANCELLED_ANNOTATION];
  if (cancelledAt === undefined) return undefined;
  const condition = endCondition(job);
  // Whoever may patch Jobs can write annotations; how the Job ended is the Job controller's to say.
  if (condition !== undefined && (condition.type !== "Failed" || condition.reason !== "DeadlineExceeded"))
    return undefined;
  const { report, problem } = reportOf(job, annotations[REPORT_ANNOTATION]) ?? {};
  const isCredible = own === undefined || report?.outcome === "cancelled" || report?.outcome === own.outcome;
  if (report !== undefined && isCredible) return report;
  if (condition === undefined || !isCredible) return undefined;
  return {
    ...base,
    outcome: "cancelled",
    finishedAt: condition.lastTransitionTime ?? cancelledAt,
    error: {
      reason: "Cancelled",
      message: `cancelled by hand at ${cancelledAt}; ${problem === undefined ? "it left no report" : `its stored report is unreadable: ${problem}`}`,
    },
  };
}
