import type { KeptRun } from "../../../../deploy/hub/archive/archive.ts";
import type { RunDetail, RunEntry } from "../../../../deploy/source/run-source.ts";
import type { Report } from "../../../../runtime/run/report/report.ts";

export interface GivenRun extends Partial<RunEntry> {
  readonly uid?: string;
  readonly kind?: KeptRun["kind"];
  readonly isFinal?: boolean;
  readonly report?: Partial<Report>;
}

/** A run as the hub keeps it: one of `team-a/cleanup` that succeeded, where nothing else is said. */
export function keptRun({ uid, kind = "errand", report: given, isFinal, ...entryGiven }: GivenRun = {}): KeptRun {
  const startedAt = entryGiven.startedAt ?? "2026-11-01T06:00:00Z";
  const outcome = entryGiven.outcome ?? "succeeded";
  const isOver = outcome !== "running" && outcome !== "waiting";
  const end = new Date((Date.parse(startedAt) || 0) + ((entryGiven.durationMs ?? 2_000) || 0)).toISOString();
  const entry: RunEntry = {
    namespace: "team-a",
    job: "cleanup",
    run: "cleanup-1",
    outcome,
    trigger: "schedule",
    startedAt,
    ...(isOver ? { finishedAt: end } : {}),
    durationMs: 2_000,
    attempts: 1,
    dryRun: false,
    mutations: {},
    revision: "abc",
    ...entryGiven,
  };
  const report: Report = {
    apiVersion: "errand/v1",
    kind: "Report",
    job: entry.job,
    namespace: entry.namespace,
    revision: entry.revision,
    run: { id: entry.run, attempt: 1, trigger: entry.trigger },
    outcome: outcome === "waiting" || outcome === "foreign" ? "running" : outcome,
    dryRun: entry.dryRun,
    startedAt,
    ...(isOver ? { finishedAt: end } : {}),
    mutations: entry.mutations,
    requests: 3,
    retries: 0,
    peakMemoryBytes: 50_000_000,
    ...given,
  };
  const detail: RunDetail = {
    uid: uid ?? `uid-${entry.run}`,
    entry,
    record: isOver
      ? { phase: "finished", report, pod: `${entry.run}-x` }
      : { phase: "running", report, pod: `${entry.run}-x` },
    timeline: [],
    attempts: [],
    events: [],
  };
  return { uid: uid ?? `uid-${entry.run}`, kind, detail, isFinal: isFinal ?? isOver };
}
