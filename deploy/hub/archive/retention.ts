import type { Archive } from "./archive.ts";

/** How much is kept. Whatever it says, the newest run of a job and its newest success stay. */
export interface Retention {
  /** Runs that ended longer ago go, in milliseconds. */
  readonly ageMs?: number;
  /** At most so many runs. */
  readonly count?: number;
  /** At most so many bytes in the file; what goes first is the oldest. */
  readonly bytes?: number;
}

/** So many runs go in one transaction: reading waits for none longer than some milliseconds. */
const BATCH = 500;

/** The newest run of each job, and its newest real success, which tell how the job stands. */
const KEPT = `SELECT newest FROM (
    SELECT (SELECT id FROM runs WHERE job_id = jobs.id ORDER BY started_at DESC, run DESC, id DESC LIMIT 1) AS newest FROM jobs
    UNION SELECT (SELECT id FROM runs WHERE job_id = jobs.id AND outcome = 'succeeded' AND dry_run = 0 ORDER BY started_at DESC LIMIT 1) FROM jobs
  ) WHERE newest IS NOT NULL`;

/**
 * Lets go of the oldest runs that are too old or too many, with their logs, and of gaps older than any run.
 *
 * @returns how many runs went
 */
export function applyRetention(archive: Archive, { ageMs, count, bytes }: Retention, now: Date): number {
  let gone = 0;
  if (ageMs !== undefined) gone += dropWhile(archive, "started_at < ?", now.getTime() - ageMs);
  if (count !== undefined) {
    const kept = Number(archive.row("SELECT COUNT(*) AS count FROM runs")?.count);
    gone += dropOldest(archive, kept - count);
  }
  while (bytes !== undefined && usedBytes(archive) > bytes) {
    const dropped = dropOldest(archive, BATCH);
    gone += dropped;
    if (dropped === 0) break;
  }
  if (gone > 0) {
    forget(archive);
    archive.forgot();
  }
  return gone;
}

/** What the archive takes; space of runs that went is used again before the file grows. */
export function usedBytes(archive: Archive): number {
  const value = (name: string) => Number(Object.values(archive.row(`PRAGMA ${name}`) ?? {})[0]);
  return (value("page_count") - value("freelist_count")) * value("page_size");
}

function dropWhile(archive: Archive, condition: string, value: number): number {
  let gone = 0;
  for (;;) {
    const dropped = drop(archive, `${condition} AND`, BATCH, value);
    gone += dropped;
    if (dropped < BATCH) return gone;
  }
}

function dropOldest(archive: Archive, count: number): number {
  let gone = 0;
  while (gone < count) {
    const dropped = drop(archive, "", Math.min(BATCH, count - gone));
    if (dropped === 0) break;
    gone += dropped;
  }
  return gone;
}

function drop(archive: Archive, condition: string, limit: number, ...values: number[]): number {
  return archive.transaction(() => {
    const text = `DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE ${condition} is_final = 1 AND id NOT IN (${KEPT})
      ORDER BY started_at LIMIT ?)`;
    return Number(archive.run(text, ...values, limit).changes);
  });
}

/** Jobs that are gone with all of their runs, and gaps from before the oldest run. */
function forget(archive: Archive): void {
  archive.transaction(() => {
    archive.run(
      "DELETE FROM jobs WHERE gone_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE job_id = jobs.id)",
    );
    archive.run("DELETE FROM gaps WHERE to_at < (SELECT MIN(started_at) FROM runs)");
  });
}
