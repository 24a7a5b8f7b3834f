// Short histories for tests of rules: runs are written as words.

import { type JudgedJob, type JudgedRun, rulesOf } from "../../../../deploy/hub/alerts/judged.ts";
import type { AlertRules } from "../../../../runtime/job/alerts.ts";

export const MINUTE_MS = 60_000;

/** A job of every hour, since long before. */
export function jobOf(alerts?: AlertRules | false, more: Partial<JudgedJob> = {}): JudgedJob {
  return {
    namespace: "team-a",
    job: "sweep",
    schedule: "0 * * * *",
    scheduledSince: new Date("2026-01-01T00:00:00Z"),
    isPaused: false,
    skipsOverlaps: true,
    rules: rulesOf(alerts),
    ...more,
  };
}

/** A run that started at a time; one minute long and succeeded unless it says otherwise. */
export function runAt(start: string | Date, more: Partial<JudgedRun> & { readonly minutes?: number } = {}): JudgedRun {
  const { minutes = 1, ...fields } = more;
  const startedAt = new Date(start);
  return {
    run: `sweep-${startedAt.getTime() / MINUTE_MS}`,
    outcome: "succeeded",
    due: startedAt,
    startedAt,
    ...(fields.outcome === "running" ? {} : { finishedAt: new Date(startedAt.getTime() + minutes * MINUTE_MS) }),
    isWaiting: false,
    isDryRun: false,
    ...fields,
  };
}

/** One run an hour from 00:00 on, oldest first. */
export function hourly(...runs: readonly (Partial<JudgedRun> & { readonly minutes?: number })[]): JudgedRun[] {
  return runs.map((run, hour) => runAt(new Date(Date.UTC(2026, 2, 2, hour)), run));
}

/** So many of the same. */
export function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}
