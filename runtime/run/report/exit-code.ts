import { FATAL_EXIT_CODE, OUTCOMES } from "./outcome.ts";
import type { Report } from "./report.ts";

/**
 * The exit code of a report: of the pod's process, and of every command that waits for a run.
 *
 * @param report one that says `running` belongs to a process that was ended from outside, which nobody knows more about here: `lost`
 */
export function exitCodeOf(report: Pick<Report, "outcome" | "error">): number {
  if (report.outcome === "running") return OUTCOMES.lost.exitCode;
  if (report.outcome === "failed" && report.error?.reason === "FatalError") return FATAL_EXIT_CODE;
  return OUTCOMES[report.outcome].exitCode;
}
