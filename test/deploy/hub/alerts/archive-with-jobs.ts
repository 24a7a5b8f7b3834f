// An archive with a job of every hour, and a hub that judges it, for tests of what is told.
import { ArchiveJudge, type JudgeOptions } from "../../../../deploy/hub/alerts/judge-archive.ts";
import { ALERT_TABLES, AlertStore } from "../../../../deploy/hub/alerts/store.ts";
import { type Archive, openArchive } from "../../../../deploy/hub/archive/archive.ts";
import type { CronJobObject } from "../../../../deploy/runs/find-job.ts";
import { type GivenRun, keptRun } from "../archive/runs.ts";

export interface CronJobGiven {
  readonly name?: string;
  readonly timeZone?: string;
  readonly alerts?: string;
  readonly suspend?: boolean;
  readonly schedule?: string;
  readonly lastScheduleTime?: string;
}

/** The archive, what is judged and when. */
export class JudgedArchive implements Disposable {
  readonly archive: Archive;
  readonly store: AlertStore;
  readonly problems: string[] = [];
  judge: ArchiveJudge;
  now = new Date("2026-03-02T00:00:00Z");
  readonly #options: JudgeOptions;
  #version = 0;

  constructor(path = ":memory:", options: Partial<JudgeOptions> = {}) {
    this.archive = openArchive(path, { tables: [ALERT_TABLES], now: () => this.now });
    this.store = new AlertStore(this.archive);
    this.#options = {
      channels: ["ops"],
      now: () => this.now,
      onProblem: (text) => this.problems.push(text),
      ...options,
    };
    this.judge = new ArchiveJudge(this.archive, this.#options);
  }

  /** As a hub that was started anew: nothing is remembered but what the archive has. */
  restart(): void {
    this.judge = new ArchiveJudge(this.archive, this.#options);
  }

  cronJob({
    name = "cleanup",
    timeZone,
    alerts,
    suspend = false,
    schedule = "0 * * * *",
    lastScheduleTime,
  }: CronJobGiven = {}): void {
    this.#version += 1;
    const cronJob: unknown = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: {
        name,
        namespace: "team-a",
        uid: `uid-${name}`,
        resourceVersion: String(this.#version),
        creationTimestamp: "2026-01-01T00:00:00Z",
        annotations: alerts === undefined ? {} : { "errand/alerts": alerts },
      },
      spec: {
        schedule,
        ...(timeZone === undefined ? {} : { timeZone }),
        suspend,
        concurrencyPolicy: "Forbid",
        jobTemplate: { spec: {} },
      },
      status: lastScheduleTime === undefined ? {} : { lastScheduleTime },
    };
    this.archive.keepJob("errand", cronJob as CronJobObject);
  }

  /** A run that began at a minute of the day, and ended two seconds later. */
  run(time: string, given: GivenRun = {}): void {
    const startedAt = new Date(`2026-03-02T${time}:00Z`);
    const run = `cleanup-${startedAt.getTime() / 60_000}`;
    this.archive.keepRun(keptRun({ run, startedAt: startedAt.toISOString(), ...given }));
  }

  /** Judges at a minute of the day. */
  look(time: string): void {
    this.now = new Date(`2026-03-02T${time}:00Z`);
    this.judge.look();
  }

  /** What was queued for a channel, in its order. */
  told(channel = "ops"): string[] {
    return this.archive
      .rows("SELECT body FROM messages WHERE channel = ? ORDER BY rowid", channel)
      .map(({ body }) => JSON.parse(String(body)))
      .map(({ event, title }) => `${event}: ${title}`);
  }

  [Symbol.dispose](): void {
    this.archive[Symbol.dispose]();
  }
}
