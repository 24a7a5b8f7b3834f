import { formatDuration } from "../../../runtime/job/duration.ts";
import type { RunSummary } from "../../runs/history/recorded-run.ts";
import { zonedTime } from "../../schedule/wall-clock.ts";
import { table } from "../../terminal/answer.ts";
import { describeMutations } from "./describe-report.ts";

/** Runs as a table, one a line. */
export function describeRuns(runs: readonly RunSummary[], timeZone: string): string {
  const headings = ["RUN", "OUTCOME", "TRIGGER", `STARTED (${timeZone})`, "TOOK", "ATTEMPTS", "CHANGES"];
  return table(
    headings,
    runs.map((run) => cells(run, timeZone)),
  );
}

function cells(run: RunSummary, timeZone: string): string[] {
  const changes = describeMutations(run.mutations);
  return [
    run.run,
    run.outcome === "waiting" ? `waiting: ${run.reason}` : run.outcome,
    run.outcome === "foreign" ? "not a run of this job" : describeTrigger(run),
    zonedTime(new Date(run.startedAt), timeZone),
    run.finishedAt === undefined && run.durationMs === 0 ? "-" : formatDuration(run.durationMs),
    String(run.attempts),
    run.dryRun ? `dry run: ${changes}` : changes,
  ];
}

function describeTrigger({ trigger, triggeredBy, retryOf }: RunSummary): string {
  const by = triggeredBy === undefined ? "" : ` by ${triggeredBy}`;
  return retryOf === undefined ? `${trigger}${by}` : `retry of ${retryOf}${by}`;
}
