// What the hub knows, in one SQLite file: jobs, runs, their logs, and when the hub could not see. Only the hub's process writes it; pages read it.
//
// A run is keyed by its Job's uid, so that it is never there twice. While it goes on, `keepRun` replaces what is known of it; once it is final nothing changes it.
// Other parts of the hub keep tables of their own in the same file: they pass them to `openArchive`, write by `database`, and do so in the same
// transaction as the run by `onRun`, whose listeners are called inside of it, or by `transaction`.

import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { CronJobObject } from "../../runs/find-job.ts";
import type { RunDetail, RunEntry } from "../../source/run-source.ts";
import { type KeptLog, unpacked } from "./kept-log.ts";
import { inTransaction, openDatabase, Statements, type Tables } from "./schema.ts";
import { writeRun } from "./write-run.ts";

/** `cronjob`: one that errand did not make. */
export type JobKind = "errand" | "cronjob";

/** A job that the hub has seen. */
export interface KeptJob {
  readonly id: number;
  readonly namespace: string;
  readonly job: string;
  readonly kind: JobKind;
  /** As it was last seen; absent where only its runs are known. */
  readonly cronJob?: CronJobObject;
  readonly seenAt: Date;
  /** Absent while it is there. */
  readonly goneAt?: Date;
}

/** A run as the hub knows it. */
export interface KeptRun {
  /** Of its Job. */
  readonly uid: string;
  readonly kind: JobKind;
  readonly detail: RunDetail;
  /** True where nothing more will be known of it: its Job is over, or gone. */
  readonly isFinal: boolean;
}

/** A run as lists show it, with what tells it from others of its name. */
export interface KeptEntry extends RunEntry {
  readonly uid: string;
  readonly kind: JobKind;
  readonly isFinal: boolean;
}

/** The hub could not see between these times: what happened then may be missing, and is nobody's missed run. */
export interface Gap {
  readonly from: Date;
  readonly to: Date;
  /** A sentence without a full stop. */
  readonly why: string;
}

/** Told of a run that was kept, inside the transaction that keeps it. */
export type RunListener = (run: KeptRun, before: KeptEntry | undefined) => void;

export interface ArchiveOptions {
  /** Tables of other parts of the hub, in the same file. */
  readonly tables?: readonly Tables[];
  readonly now?: () => Date;
}

/**
 * Opens the archive, or begins it.
 *
 * @param path a file in a folder that is there; `:memory:` for one that goes with the process
 * @throws {Error} where a newer hub has written it
 */
export function openArchive(path: string, options: ArchiveOptions = {}): Archive {
  return new Archive(openDatabase(path, options.tables), options.now ?? (() => new Date()));
}

export class Archive implements Disposable {
  readonly database: DatabaseSync;
  readonly #now: () => Date;
  readonly #statements: Statements;
  readonly #listeners: RunListener[] = [];
  readonly #onChange = new Set<() => void>();
  /** By id of jobs. */
  readonly #versions = new Map<number, number>();
  #forgotten = 0;

  constructor(database: DatabaseSync, now: () => Date) {
    this.database = database;
    this.#statements = new Statements(database);
    this.#now = now;
    const at = now().getTime();
    this.run("INSERT OR IGNORE INTO hub (one, came_at, seen_at) VALUES (1, ?, ?)", at, at);
  }

  /** Goes up with whatever is kept of a job or of its runs. */
  versionOf(jobId: number): number {
    return (this.#versions.get(jobId) ?? 0) + this.#forgotten;
  }

  /** Notes that runs went: what was read of any job may be old. */
  forgot(): void {
    this.#forgotten += 1;
  }

  /** When the first hub began to watch. */
  get cameAt(): Date {
    return new Date(Number(this.row("SELECT came_at FROM hub")?.came_at));
  }

  /** Does all of it or nothing; one inside another is part of it. */
  transaction<T>(act: () => T): T {
    const result = inTransaction(this.database, act);
    if (!this.database.isTransaction) for (const tell of this.#onChange) tell();
    return result;
  }

  /** Has the listener called for each run that is kept from now on, inside the transaction; what it throws undoes that. */
  onRun(listener: RunListener): void {
    this.#listeners.push(listener);
  }

  /** Has the listener called after each change. @returns ends that */
  onChange(listener: () => void): () => void {
    this.#onChange.add(listener);
    return () => this.#onChange.delete(listener);
  }

  /** Keeps a CronJob as it is now. */
  keepJob(kind: JobKind, cronJob: CronJobObject): void {
    const { namespace = "", name, uid } = cronJob.metadata;
    this.transaction(() => {
      const id = this.#jobId(namespace, name, kind);
      const text = JSON.stringify(cronJob);
      this.run("UPDATE jobs SET kind = ?, uid = ?, object = ?, gone_at = NULL WHERE id = ?", kind, uid, text, id);
    });
  }

  /** Notes that a CronJob is gone. Its runs stay. */
  loseJob(namespace: string, job: string): void {
    this.transaction(() => {
      const at = this.#now().getTime();
      this.run("UPDATE jobs SET gone_at = ? WHERE namespace = ? AND job = ? AND gone_at IS NULL", at, namespace, job);
    });
  }

  /** By namespace and name; those that are gone too, as long as a run of them is kept. */
  jobs(): KeptJob[] {
    return this.rows("SELECT * FROM jobs ORDER BY namespace, job").map(jobOf);
  }

  job(namespace: string, job: string): KeptJob | undefined {
    const row = this.row("SELECT * FROM jobs WHERE namespace = ? AND job = ?", namespace, job);
    return row === undefined ? undefined : jobOf(row);
  }

  /**
   * Keeps a run, and logs of its attempts, in one transaction. What is final stays as it is.
   *
   * @param logs by attempt; those of other attempts stay
   * @returns false where it was final already
   */
  keepRun(run: KeptRun, logs: ReadonlyMap<number, KeptLog> = new Map()): boolean {
    return this.transaction(() => {
      const before = this.entry(run.uid);
      if (before?.isFinal) return false;
      const { namespace, job } = run.detail.entry;
      writeRun(this.#statements, this.#jobId(namespace, job, run.kind), run, logs);
      for (const listener of this.#listeners) listener(run, before);
      return true;
    });
  }

  /** A run by the uid of its Job. */
  entry(uid: string): KeptEntry | undefined {
    const [found] = this.entries("WHERE runs.uid = ?", uid);
    return found;
  }

  /** The newest runs of a job, newest first. */
  entriesOf(namespace: string, job: string, limit: number): KeptEntry[] {
    const found = this.job(namespace, job);
    if (found === undefined) return [];
    return this.entries("WHERE job_id = ? ORDER BY started_at DESC, run DESC, runs.id DESC LIMIT ?", found.id, limit);
  }

  /** Runs that are not final. */
  openEntries(): KeptEntry[] {
    return this.entries("WHERE is_final = 0");
  }

  /** @param rest of the statement, from WHERE on, over `runs`, `jobs` and `bodies` */
  entries(rest: string, ...values: SQLInputValue[]): KeptEntry[] {
    const text = `SELECT runs.uid, jobs.kind, runs.is_final, bodies.entry FROM runs
      JOIN jobs ON jobs.id = runs.job_id JOIN bodies ON bodies.run_id = runs.id ${rest}`;
    return this.rows(text, ...values).map((row) => ({
      ...(JSON.parse(String(row.entry)) as RunEntry),
      uid: String(row.uid),
      kind: row.kind as JobKind,
      isFinal: row.is_final === 1,
    }));
  }

  /** All that is kept of a run. @returns undefined where there is none of that uid */
  detail(uid: string): RunDetail | undefined {
    const row = this.row("SELECT detail FROM bodies JOIN runs ON runs.id = run_id WHERE uid = ?", uid);
    return row === undefined ? undefined : unpacked<RunDetail>(row.detail);
  }

  /** The newest run of a name: Kubernetes may give it again once its Job is gone. @returns its uid */
  uidOf(namespace: string, run: string): string | undefined {
    const row = this.row(
      `SELECT runs.uid FROM runs JOIN jobs ON jobs.id = job_id WHERE run = ? AND namespace = ?
       ORDER BY started_at DESC, runs.id DESC LIMIT 1`,
      run,
      namespace,
    );
    return row === undefined ? undefined : String(row.uid);
  }

  /** The logs of a run by attempt, the first one first. */
  logs(uid: string): Map<number, KeptLog> {
    const text = `SELECT attempt, lines, left_out, note FROM logs JOIN runs ON runs.id = run_id WHERE uid = ? ORDER BY attempt`;
    const each = this.rows(text, uid).map(({ attempt, lines, left_out: leftOut, note }): [number, KeptLog] => [
      Number(attempt),
      {
        lines: lines === null ? [] : unpacked<string[]>(lines),
        leftOut: Number(leftOut),
        ...(note === null ? {} : { note: String(note) }),
      },
    ]);
    return new Map(each);
  }

  /** Notes that the hub sees all of the cluster now. */
  beat(): void {
    this.run("UPDATE hub SET seen_at = ?", this.#now().getTime());
  }

  /** When the hub last saw all of the cluster. */
  get seenAt(): Date {
    return new Date(Number(this.row("SELECT seen_at FROM hub")?.seen_at));
  }

  /** Notes that the hub saw nothing between the last beat and now. */
  keepGap(why: string): Gap {
    return this.transaction(() => {
      const gap = { from: this.seenAt, to: this.#now(), why };
      this.run("INSERT OR REPLACE INTO gaps VALUES (?, ?, ?)", gap.from.getTime(), gap.to.getTime(), why);
      this.beat();
      return gap;
    });
  }

  /** Gaps that reach into a time, the oldest first. */
  gaps(from: Date = new Date(0), to: Date = this.#now()): Gap[] {
    const text = "SELECT * FROM gaps WHERE to_at >= ? AND from_at <= ? ORDER BY from_at";
    return this.rows(text, from.getTime(), to.getTime()).map((row) => ({
      from: new Date(Number(row.from_at)),
      to: new Date(Number(row.to_at)),
      why: String(row.why),
    }));
  }

  row(text: string, ...values: SQLInputValue[]) {
    return this.#statements.row(text, ...values);
  }

  rows(text: string, ...values: SQLInputValue[]) {
    return this.#statements.rows(text, ...values);
  }

  run(text: string, ...values: SQLInputValue[]) {
    return this.#statements.run(text, ...values);
  }

  [Symbol.dispose](): void {
    if (this.database.isOpen) this.database.close();
  }

  #jobId(namespace: string, job: string, kind: JobKind): number {
    const at = this.#now().getTime();
    this.run(
      "INSERT OR IGNORE INTO jobs (namespace, job, kind, seen_at) VALUES (?, ?, ?, ?)",
      ...[namespace, job, kind, at],
    );
    const id = Number(this.row("SELECT id FROM jobs WHERE namespace = ? AND job = ?", namespace, job)?.id);
    this.#versions.set(id, (this.#versions.get(id) ?? 0) + 1);
    return id;
  }
}

function jobOf(row: Record<string, unknown>): KeptJob {
  return {
    id: Number(row.id),
    namespace: String(row.namespace),
    job: String(row.job),
    kind: row.kind as JobKind,
    ...(row.object === null ? {} : { cronJob: JSON.parse(String(row.object)) as CronJobObject }),
    seenAt: new Date(Number(row.seen_at)),
    ...(row.gone_at === null ? {} : { goneAt: new Date(Number(row.gone_at)) }),
  };
}
