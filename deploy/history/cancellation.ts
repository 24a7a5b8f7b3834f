import type { Report } from "../../runtime/run/report.ts";
import { parseReport } from "./report-text.ts";
import { endCondition, type JobObject } from "./run-objects.ts";

/** On the Job of a run that a person ended: when, RFC 3339. Without it the Job's end would look like a passed deadline. */
export const CANCELLED_ANNOTATION = "errand/cancelled";

/** On the Job of a run that a person ended: who that was, as the API server knows him. */
export const CANCELLED_BY_ANNOTATION = "errand/cancelled-by";

/** On the Job of a run whose pod is gone: the report that the pod left. */
export const REPORT_ANNOTATION = "errand/report";

/**
 * Reads the end of a run that a person cancelled. Its pod goes with it, so that the report is kept on the Job; where that could not be done,
 * because whoever cancelled it went away or may not, it is still known that it was cancelled.
 *
 * @param base what Job and pod say of the run
 * @returns undefined for a run that was not cancelled, or that has not ended yet
 */
export function readCancellation(job: JobObject, base: Report): Report | undefined {
  const annotations = job.metadata.annotations ?? {};
  const cancelledAt = annotations[CANCELLED_ANNOTATION];
  if (cancelledAt === undefined) return undefined;
  const kept = parseReport(annotations[REPORT_ANNOTATION]);
  if (kept !== undefined) return kept;
  const condition = endCondition(job);
  if (condition?.type !== "Failed") return undefined;
  return {
    ...base,
    outcome: "cancelled",
    finishedAt: condition.lastTransitionTime ?? cancelledAt,
    error: { reason: "Cancelled", message: `cancelled by hand at ${cancelledAt}; it left no report` },
  };
}
