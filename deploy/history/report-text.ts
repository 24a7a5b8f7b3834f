import { isRecord } from "../../runtime/job/problem.ts";
import type { Report } from "../../runtime/run/report.ts";

/**
 * Reads a report out of a termination message or a line of a log.
 *
 * @returns undefined for anything else, such as the message of a container that never ran our process
 */
export function parseReport(text: string | undefined): Report | undefined {
  if (text === undefined || !text.includes('"errand/v1"')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isReport(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isReport(value: unknown): value is Report {
  return (
    isRecord(value) &&
    value.apiVersion === "errand/v1" &&
    value.kind === "Report" &&
    typeof value.outcome === "string" &&
    isRecord(value.run)
  );
}
