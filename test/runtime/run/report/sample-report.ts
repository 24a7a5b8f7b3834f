import type { Report } from "../../../../runtime/run/report/report.ts";

/** A report of a run that went well. */
export const sampleReport: Report = {
  apiVersion: "errand/v1",
  kind: "Report",
  job: "pod-cleanup",
  namespace: "team-a",
  revision: "0123456789",
  run: { id: "pod-cleanup-29000000", scheduledTime: "2025-02-19T21:20:00Z", attempt: 1, trigger: "schedule" },
  outcome: "succeeded",
  dryRun: false,
  startedAt: "2026-03-01T08:00:00.000Z",
  finishedAt: "2026-03-01T08:00:02.000Z",
  params: { olderThan: "1h" },
  result: { deleted: 2 },
  progress: { done: 2 },
  mutations: { delete: { pods: 2 } },
  requests: 4,
  retries: 1,
  peakMemoryBytes: 60_000_000,
};
