import { describe, expect, it } from "vitest";
import { readRun } from "../../../../deploy/runs/history/read-run.ts";
import { needsEvents, summarizeRun } from "../../../../deploy/runs/history/recorded-run.ts";
import type { JobObject, PodObject } from "../../../../deploy/runs/history/run-objects.ts";
import { endedJob, jobFixture, podFixture, reportFixture, terminated } from "./run-fixture.ts";

const NOW = new Date("2026-03-01T10:01:00Z");
const reported = podFixture(terminated(0, { message: JSON.stringify(reportFixture("succeeded")) }));

function summarize(job: JobObject, pods: readonly PodObject[] = []) {
  return summarizeRun({ job, record: readRun({ job, pods, events: [] }) }, NOW);
}

describe("needsEvents", () => {
  it.each<[string, JobObject, PodObject[], boolean]>([
    ["its pod has left a report", endedJob("Complete"), [reported], false],
    ["its pod runs", jobFixture(), [podFixture({ running: {} }, { status: { phase: "Running" } })], false],
    ["it is complete and its pod gone", endedJob("Complete"), [], false],
    ["it failed and its pod is gone", endedJob("Failed"), [], true],
    ["it has no pod yet", jobFixture(), [], true],
    ["its pod waits", jobFixture(), [podFixture({ waiting: {} }, { status: { phase: "Pending" } })], true],
    ["its pod was killed", endedJob("Failed"), [podFixture(terminated(137))], true],
  ])("when %s is right", (_case, job, pods, expected) => expect(needsEvents(job, pods)).toBe(expected));
});

describe("summarizeRun", () => {
  it("gives what the report says of a run that has ended", () => {
    const report = reportFixture("failed", {
      finishedAt: "2026-03-01T10:00:08Z",
      error: { reason: "Error", message: "x" },
    });
    const pod = podFixture(terminated(1, { message: JSON.stringify(report) }));
    expect(summarize(endedJob("Failed"), [pod])).toEqual({
      run: "sweep-kt2c4",
      outcome: "failed",
      reason: "Error",
      trigger: "manual",
      startedAt: "2026-03-01T10:00:03Z",
      finishedAt: "2026-03-01T10:00:08Z",
      durationMs: 5_000,
      attempts: 1,
      dryRun: false,
      mutations: { delete: { pods: 7 } },
      revision: "0123456789",
    });
  });

  it("counts until now when the run goes on", () => {
    expect(summarize(jobFixture(), [podFixture({ running: {} })])).toMatchObject({
      outcome: "running",
      durationMs: 59_000,
    });
  });

  it("says waiting, and for what, when the run has not begun", () => {
    expect(summarize(jobFixture())).toMatchObject({ outcome: "waiting", reason: "Pending" });
  });

  it("counts attempts by the Job when its pods are gone", () => {
    const job = endedJob("Failed", "BackoffLimitExceeded");
    expect(summarize({ ...job, status: { ...job.status, failed: 3 } }).attempts).toBe(3);
  });

  it("says whom it was triggered by and what it repeats when its Job does", () => {
    const annotations = { "errand/triggered-by": "ada", "errand/retry-of": "sweep-x" };
    expect(summarize(jobFixture({}, { annotations }))).toMatchObject({ triggeredBy: "ada", retryOf: "sweep-x" });
  });
});
