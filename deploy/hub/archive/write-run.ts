import type { RunDetail, RunEntry } from "../../source/run-source.ts";
import { triggerOf } from "../../source/select.ts";
import { paramTexts } from "./filter-runs.ts";
import { type KeptLog, packed } from "./kept-log.ts";
import type { Statements } from "./schema.ts";

/** What is written of a run. */
interface WrittenRun {
  readonly uid: string;
  readonly detail: RunDetail;
  readonly isFinal: boolean;
}

const COLUMNS = [
  ...["phase", "is_final", "outcome", "trigger", "triggered_by", "dry_run", "started_at", "finished_at", "duration_ms"],
] as const;

const INSERT = `INSERT INTO runs (uid, job_id, run, ${COLUMNS.join(", ")})
  VALUES (?, ?, ?, ${COLUMNS.map(() => "?").join(", ")})
  ON CONFLICT (uid) DO UPDATE SET ${COLUMNS.map((name) => `${name} = excluded.${name}`).join(", ")}
  RETURNING id`;

/** Writes all that is kept of a run, over what was kept of it before. @param logs by attempt; those of other attempts stay */
export function writeRun(
  statements: Statements,
  jobId: number,
  { uid, detail, isFinal }: WrittenRun,
  logs: ReadonlyMap<number, KeptLog>,
): void {
  const { entry, record } = detail;
  // What cannot be read as a time sorts as the oldest, and is kept all the same.
  const startedAt = Date.parse(entry.startedAt) || 0;
  const finishedAt = entry.finishedAt === undefined ? null : Date.parse(entry.finishedAt) || startedAt;
  const row = statements.row(
    INSERT,
    ...[uid, jobId, entry.run, record.phase, Number(isFinal), entry.outcome, triggerOf(entry)],
    ...[entry.triggeredBy ?? null, Number(entry.dryRun), startedAt, finishedAt],
    Math.round(entry.durationMs) || 0,
  );
  const id = Number(row?.id);
  markRecovered(statements, id, jobId, entry, startedAt);
  statements.run("INSERT OR REPLACE INTO bodies VALUES (?, ?, ?)", id, JSON.stringify(entry), packed(detail));
  statements.run("DELETE FROM params WHERE run_id = ?", id);
  for (const [name, value] of paramTexts(entry.params)) {
    statements.run("INSERT OR IGNORE INTO params VALUES (?, ?, ?)", name, value, id);
  }
  for (const [attempt, log] of logs) writeLog(statements, id, attempt, log);
}

/** A failure after which a real run of the same job succeeded, whichever of them is kept first. */
function markRecovered(
  statements: Statements,
  id: number,
  jobId: number,
  { outcome, dryRun, finishedAt }: RunEntry,
  startedAt: number,
): void {
  if (outcome === "succeeded" && !dryRun) {
    statements.run(
      `UPDATE runs SET recovered = 1 WHERE job_id = ? AND started_at < ? AND recovered = 0 AND outcome <> 'succeeded'
         AND finished_at IS NOT NULL`,
      ...[jobId, startedAt],
    );
  } else if (outcome !== "succeeded" && finishedAt !== undefined) {
    statements.run(
      `UPDATE runs SET recovered = EXISTS (SELECT 1 FROM runs AS good WHERE good.job_id = ? AND good.outcome = 'succeeded'
         AND good.dry_run = 0 AND good.started_at > ?) WHERE id = ?`,
      ...[jobId, startedAt, id],
    );
  }
}

function writeLog(statements: Statements, id: number, attempt: number, { lines, leftOut, note }: KeptLog): void {
  const bytes = lines.length === 0 ? null : packed(lines);
  statements.run("INSERT OR REPLACE INTO logs VALUES (?, ?, ?, ?, ?)", id, attempt, bytes, leftOut, note ?? null);
}
