// Incidents, and the messages about them, in the archive's file: what is told is written in the same transaction as what it is about.
import type { Archive, Gap } from "../archive/archive.ts";
import type { Tables } from "../archive/schema.ts";
import type { Incident } from "./incidents.ts";
import type { RuleName } from "./judged.ts";
import type { Message } from "./message.ts";

export const ALERT_TABLES: Tables = {
  part: "alerts",
  steps: [
    `CREATE TABLE incidents (
       id TEXT PRIMARY KEY,
       namespace TEXT NOT NULL,
       job TEXT NOT NULL,
       rule TEXT NOT NULL,
       value TEXT NOT NULL,
       since INTEGER NOT NULL,
       closed_at INTEGER
     ) STRICT;
     CREATE UNIQUE INDEX open_incidents ON incidents (namespace, job, rule) WHERE closed_at IS NULL;
     CREATE INDEX closed_incidents ON incidents (closed_at, id) WHERE closed_at IS NOT NULL;
     CREATE INDEX incidents_of_job ON incidents (namespace, job, rule, closed_at);
     CREATE TABLE messages (
       id TEXT NOT NULL,
       channel TEXT NOT NULL,
       incident TEXT REFERENCES incidents ON DELETE CASCADE,
       body TEXT NOT NULL,
       state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
       created_at INTEGER NOT NULL,
       tries INTEGER NOT NULL DEFAULT 0,
       next_at INTEGER NOT NULL,
       sent_at INTEGER,
       took_ms INTEGER,
       problem TEXT,
       PRIMARY KEY (id, channel)
     ) STRICT;
     CREATE INDEX messages_to_send ON messages (next_at) WHERE state = 'waiting';
     CREATE INDEX messages_of_incident ON messages (incident);
     CREATE TABLE schedules (
       namespace TEXT NOT NULL,
       job TEXT NOT NULL,
       form TEXT NOT NULL,
       since INTEGER NOT NULL,
       PRIMARY KEY (namespace, job)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE counted (
       uid TEXT PRIMARY KEY REFERENCES runs (uid) ON DELETE CASCADE,
       things INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE told_gaps (from_at INTEGER PRIMARY KEY) STRICT;`,
  ],
};

/** A message on its way to a channel. */
export interface QueuedMessage {
  readonly message: Message;
  readonly channel: string;
  readonly state: "waiting" | "sent" | "dead";
  readonly createdAt: Date;
  readonly tries: number;
  readonly nextAt: Date;
  readonly sentAt?: Date;
  readonly tookMs?: number;
  /** Why it was not taken, without anything secret. */
  readonly problem?: string;
}

/** Reads and writes incidents and messages. Whoever needs several of its writes to be one uses the archive's `transaction`. */
export class AlertStore {
  readonly #archive: Archive;

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  write(incident: Incident): void {
    const { id, namespace, job, rule, since, closedAt } = incident;
    this.#archive.run(
      `INSERT INTO incidents VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET value = excluded.value, closed_at = excluded.closed_at`,
      ...[id, namespace, job, rule, JSON.stringify(incident), since.getTime(), closedAt?.getTime() ?? null],
    );
  }

  incident(id: string): Incident | undefined {
    return this.#incidents("WHERE id = ?", id)[0];
  }

  openOf(namespace: string, job: string): Incident[] {
    return this.#incidents("WHERE namespace = ? AND job = ? AND closed_at IS NULL", namespace, job);
  }

  lastClosed(namespace: string, job: string, rule: RuleName): Incident | undefined {
    const rest =
      "WHERE namespace = ? AND job = ? AND rule = ? AND closed_at IS NOT NULL ORDER BY closed_at DESC LIMIT 1";
    return this.#incidents(rest, namespace, job, rule)[0];
  }

  /** What began last comes first. */
  open(limit = Number.MAX_SAFE_INTEGER): Incident[] {
    return this.#incidents("WHERE closed_at IS NULL ORDER BY since DESC, id LIMIT ?", limit);
  }

  openCount(): number {
    return Number(this.#archive.row("SELECT COUNT(*) AS count FROM incidents WHERE closed_at IS NULL")?.count);
  }

  /** What ended last comes first. @param after the id of the one before */
  closed(limit: number, after?: string): Incident[] {
    const before = after === undefined ? undefined : this.incident(after)?.closedAt;
    if (after === undefined || before === undefined) {
      return this.#incidents("WHERE closed_at IS NOT NULL ORDER BY closed_at DESC, id DESC LIMIT ?", limit);
    }
    const rest = "WHERE (closed_at, id) < (?, ?) ORDER BY closed_at DESC, id DESC LIMIT ?";
    return this.#incidents(rest, before.getTime(), after, limit);
  }

  closedCount(): number {
    return Number(this.#archive.row("SELECT COUNT(*) AS count FROM incidents WHERE closed_at IS NOT NULL")?.count);
  }

  /** Queues a message for a channel; one that was queued before stays as it is. */
  queue(message: Message, channel: string, now: Date): void {
    this.#archive.run(
      `INSERT OR IGNORE INTO messages (id, channel, incident, body, state, created_at, next_at) VALUES (?, ?, ?, ?, 'waiting', ?, ?)`,
      ...[message.id, channel, message.incident?.id ?? null, JSON.stringify(message), now.getTime(), now.getTime()],
    );
  }

  /** Those whose time has come, the oldest first; none overtakes another about the same incident. */
  due(now: Date, limit: number): QueuedMessage[] {
    const rest = `WHERE state = 'waiting' AND next_at <= ? AND NOT EXISTS (
        SELECT 1 FROM messages AS earlier WHERE earlier.incident = messages.incident AND earlier.channel = messages.channel
          AND earlier.state = 'waiting' AND earlier.rowid < messages.rowid)
      ORDER BY rowid LIMIT ?`;
    return this.#messages(rest, now.getTime(), limit);
  }

  /** When the next message is to be sent; undefined where none waits. */
  nextAt(): Date | undefined {
    const at = this.#archive.row("SELECT MIN(next_at) AS at FROM messages WHERE state = 'waiting'")?.at;
    return typeof at === "number" ? new Date(at) : undefined;
  }

  messagesOf(incident: string): QueuedMessage[] {
    return this.#messages("WHERE incident = ? ORDER BY rowid", incident);
  }

  /** Those that did not arrive: the channel refused them once and for all, or not yet. */
  undelivered(limit: number): QueuedMessage[] {
    return this.#messages(
      "WHERE state = 'dead' OR (state = 'waiting' AND tries > 0) ORDER BY rowid DESC LIMIT ?",
      limit,
    );
  }

  sent({ message, channel }: QueuedMessage, at: Date, tookMs: number): void {
    this.#archive.run(
      "UPDATE messages SET state = 'sent', tries = tries + 1, sent_at = ?, took_ms = ?, problem = NULL WHERE id = ? AND channel = ?",
      ...[at.getTime(), Math.round(tookMs), message.id, channel],
    );
  }

  /** @param nextAt when to try again; undefined: never */
  failed({ message, channel }: QueuedMessage, problem: string, nextAt: Date | undefined): void {
    this.#archive.run(
      "UPDATE messages SET state = ?, tries = tries + 1, next_at = ?, problem = ? WHERE id = ? AND channel = ?",
      ...[nextAt === undefined ? "dead" : "waiting", nextAt?.getTime() ?? 0, problem, message.id, channel],
    );
  }

  /** Sends messages of an id again that did not arrive. What was given up of an incident that is over stays so: nobody would be told of its end. @returns how many */
  resend(id: string, now: Date): number {
    const waiting = this.isOver(id) ? "state = 'waiting'" : "state <> 'sent'";
    const { changes } = this.#archive.run(
      `UPDATE messages SET state = 'waiting', tries = 0, created_at = ?, next_at = ? WHERE id = ? AND ${waiting}`,
      ...[now.getTime(), now.getTime(), id],
    );
    return Number(changes);
  }

  /** Whether a message tells of the beginning of an incident that has ended. */
  isOver(id: string): boolean {
    const message = this.#messages("WHERE id = ? LIMIT 1", id)[0]?.message;
    return message?.event === "opened" && this.incident(message.incident?.id ?? "")?.closedAt !== undefined;
  }

  /** How a channel does. */
  channel(name: string): { readonly lastSent?: QueuedMessage; readonly waiting: number; readonly dead: number } {
    const count = (state: string) =>
      Number(
        this.#archive.row("SELECT COUNT(*) AS count FROM messages WHERE channel = ? AND state = ?", name, state)?.count,
      );
    const rest = "WHERE channel = ? AND state = 'sent' ORDER BY sent_at DESC LIMIT 1";
    const [lastSent] = this.#messages(rest, name);
    return { ...(lastSent === undefined ? {} : { lastSent }), waiting: count("waiting"), dead: count("dead") };
  }

  /** From when on a schedule counts in its form: when the hub first saw it so. */
  scheduledSince(namespace: string, job: string, form: string, now: Date): Date {
    const row = this.#archive.row("SELECT * FROM schedules WHERE namespace = ? AND job = ?", namespace, job);
    if (row?.form === form) return new Date(Number(row.since));
    this.#archive.run("INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?)", namespace, job, form, now.getTime());
    return now;
  }

  keepCount(uid: string, things: number): void {
    this.#archive.run("INSERT OR REPLACE INTO counted VALUES (?, ?)", uid, things);
  }

  counts(uids: readonly string[]): Map<string, number> {
    const rows = this.#archive.rows(
      "SELECT uid, things FROM counted WHERE uid IN (SELECT value FROM json_each(?))",
      JSON.stringify(uids),
    );
    return new Map(rows.map(({ uid, things }) => [String(uid), Number(things)]));
  }

  /** Gaps that nobody was told of, once each. */
  tellGaps(gaps: readonly Gap[]): Gap[] {
    return gaps.filter(
      ({ from }) => this.#archive.run("INSERT OR IGNORE INTO told_gaps VALUES (?)", from.getTime()).changes === 1,
    );
  }

  /** Lets go of what ended longer ago, with its messages. */
  forget(before: Date): void {
    const at = before.getTime();
    this.#archive.run("DELETE FROM incidents WHERE closed_at < ?", at);
    this.#archive.run("DELETE FROM messages WHERE incident IS NULL AND state <> 'waiting' AND created_at < ?", at);
    this.#archive.run("DELETE FROM told_gaps WHERE from_at NOT IN (SELECT from_at FROM gaps) AND from_at < ?", at);
  }

  #incidents(rest: string, ...values: (string | number)[]): Incident[] {
    return this.#archive
      .rows(`SELECT value FROM incidents ${rest}`, ...values)
      .map(({ value }) => JSON.parse(String(value), dated) as Incident);
  }

  #messages(rest: string, ...values: (string | number)[]): QueuedMessage[] {
    return this.#archive.rows(`SELECT messages.* FROM messages ${rest}`, ...values).map((row) => ({
      message: JSON.parse(String(row.body)) as Message,
      channel: String(row.channel),
      state: row.state as QueuedMessage["state"],
      createdAt: new Date(Number(row.created_at)),
      tries: Number(row.tries),
      nextAt: new Date(Number(row.next_at)),
      ...(row.sent_at === null ? {} : { sentAt: new Date(Number(row.sent_at)) }),
      ...(row.took_ms === null ? {} : { tookMs: Number(row.took_ms) }),
      ...(row.problem === null ? {} : { problem: String(row.problem) }),
    }));
  }
}

const DATES = ["since", "lastAt", "openedAt", "closedAt", "wellAt"];

function dated(key: string, value: unknown): unknown {
  return DATES.includes(key) && typeof value === "string" ? new Date(value) : value;
}
