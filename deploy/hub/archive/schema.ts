import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** Tables that one part of the hub keeps in the archive's file. Each step is run once, in its order; one that was released is never changed. */
export interface Tables {
  /** Unique in the file. */
  readonly part: string;
  readonly steps: readonly string[];
}

/** Times are milliseconds since 1970. What filters ask for is in `runs`, so that counting 100,000 of them reads some megabytes; what is shown is in `bodies`. */
const ARCHIVE: Tables = {
  part: "archive",
  steps: [
    `CREATE TABLE jobs (
       id INTEGER PRIMARY KEY,
       namespace TEXT NOT NULL,
       job TEXT NOT NULL,
       kind TEXT NOT NULL CHECK (kind IN ('errand', 'cronjob')),
       uid TEXT,
       object TEXT,
       seen_at INTEGER NOT NULL,
       gone_at INTEGER,
       UNIQUE (namespace, job)
     ) STRICT;
     CREATE TABLE runs (
       id INTEGER PRIMARY KEY,
       uid TEXT NOT NULL UNIQUE,
       job_id INTEGER NOT NULL REFERENCES jobs,
       run TEXT NOT NULL,
       phase TEXT NOT NULL CHECK (phase IN ('waiting', 'running', 'finished')),
       is_final INTEGER NOT NULL,
       outcome TEXT NOT NULL,
       trigger TEXT NOT NULL CHECK (trigger IN ('schedule', 'hand', 'retry')),
       triggered_by TEXT,
       dry_run INTEGER NOT NULL,
       recovered INTEGER NOT NULL DEFAULT 0,
       started_at INTEGER NOT NULL,
       finished_at INTEGER,
       duration_ms INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX runs_by_time ON runs (started_at, run, id);
     CREATE INDEX runs_of_job ON runs (job_id, started_at, run, id);
     CREATE INDEX runs_by_outcome ON runs (outcome, started_at, run, id);
     CREATE INDEX outcomes_of_job ON runs (job_id, outcome, dry_run, started_at);
     CREATE INDEX runs_by_name ON runs (run);
     CREATE INDEX open_runs ON runs (job_id) WHERE is_final = 0;
     CREATE TABLE bodies (
       run_id INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
       entry TEXT NOT NULL,
       detail BLOB NOT NULL
     ) STRICT;
     CREATE TABLE params (
       name TEXT NOT NULL,
       value TEXT NOT NULL,
       run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
       PRIMARY KEY (name, value, run_id)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX params_of_run ON params (run_id);
     CREATE TABLE logs (
       run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
       attempt INTEGER NOT NULL,
       lines BLOB,
       left_out INTEGER NOT NULL,
       note TEXT,
       PRIMARY KEY (run_id, attempt)
     ) STRICT;
     CREATE TABLE gaps (
       from_at INTEGER PRIMARY KEY,
       to_at INTEGER NOT NULL,
       why TEXT NOT NULL
     ) STRICT;
     CREATE TABLE hub (
       one INTEGER PRIMARY KEY CHECK (one = 1),
       came_at INTEGER NOT NULL,
       seen_at INTEGER NOT NULL
     ) STRICT;`,
  ],
};

/** In kibibytes, negative as SQLite wants it. */
const CACHE_KIBIBYTES = 8 * 1_024;
/** How long another hub may hold the file, such as one that is being replaced. In milliseconds. */
const BUSY_MS = 5_000;
const BUSY_LOOK_MS = 20;
/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/**
 * Opens the file, and brings its tables up to date.
 *
 * @param path a file; `:memory:` for one that goes with the process
 * @param more tables of other parts of the hub
 * @throws {Error} where a newer hub has written it
 */
export function openDatabase(path: string, more: readonly Tables[] = []): DatabaseSync {
  // Not by a pragma: the first of them, and all that follow, may have to wait already.
  const database = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    // With WAL and NORMAL a killed process loses nothing; a machine without power may lose the newest transactions, which the cluster tells again.
    // https://www.sqlite.org/pragma.html#pragma_synchronous
    useWriteAheadLog(database);
    database.exec(
      `PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
       PRAGMA cache_size = -${CACHE_KIBIBYTES}; PRAGMA journal_size_limit = 4194304;
       CREATE TABLE IF NOT EXISTS parts (part TEXT PRIMARY KEY, steps INTEGER NOT NULL) STRICT;`,
    );
    // In one transaction: of two hubs that open a new file at once, the second must see what the first has done.
    inTransaction(database, () => {
      for (const tables of [ARCHIVE, ...more]) bringUpToDate(database, tables);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite does not wait for another connection that turns it on in the same file: each would wait for the other. */
function useWriteAheadLog(database: DatabaseSync): void {
  const until = performance.now() + BUSY_MS;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_LOOK_MS);
    }
  }
}

function bringUpToDate(database: DatabaseSync, { part, steps }: Tables): void {
  const row = database.prepare("SELECT steps FROM parts WHERE part = ?").get(part);
  const done = Number(row?.steps ?? 0);
  if (done > steps.length) {
    throw new Error(
      `A newer hub has written this archive (${part}: step ${done}, this hub knows ${steps.length}). Run that version again, or keep the archive elsewhere`,
    );
  }
  for (const [index, step] of steps.entries()) {
    if (index < done) continue;
    database.exec(step);
    database.prepare("INSERT OR REPLACE INTO parts VALUES (?, ?)").run(part, index + 1);
  }
}

/** Does all of it or nothing. One inside another is part of it. */
export function inTransaction<T>(database: DatabaseSync, act: () => T): T {
  if (database.isTransaction) return act();
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = act();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Statements by their text: each is prepared once. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  row(text: string, ...values: SQLInputValue[]) {
    return this.#of(text).get(...values);
  }

  rows(text: string, ...values: SQLInputValue[]) {
    return this.#of(text).all(...values);
  }

  run(text: string, ...values: SQLInputValue[]) {
    return this.#of(text).run(...values);
  }

  #of(text: string): StatementSync {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    this.#prepared.set(text, statement);
    return statement;
  }
}
