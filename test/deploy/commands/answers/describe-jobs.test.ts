import { describe, expect, it } from "vitest";
import {
  describeJobStatus,
  describeJobs,
  describeRunStatus,
  describeRuns,
} from "../../../../deploy/commands/answers/describe-jobs.ts";
import type { RunSummary } from "../../../../deploy/runs/history/recorded-run.ts";
import type { JobSummary } from "../../../../deploy/runs/job-summary.ts";
import type { RunEntry } from "../../../../deploy/source/run-source.ts";
import { reportFixture } from "../../runs/history/run-fixture.ts";

const NOW = new Date("2026-03-01T12:00:00Z");

const run: RunSummary = {
  run: "sweep-kt2c4",
  outcome: "failed",
  reason: "Error",
  trigger: "manual",
  triggeredBy: "ada",
  startedAt: "2026-03-01T10:00:00Z",
  finishedAt: "2026-03-01T10:00:05Z",
  durationMs: 5_000,
  attempts: 2,
  dryRun: false,
  mutations: { delete: { pods: 7 } },
  revision: "0123456789",
};

const job: JobSummary = {
  namespace: "shop",
  job: "sweep",
  revision: "0123456789",
  schedule: "0 3 * * *",
  timeZone: "Asia/Tokyo",
  state: "scheduled",
  nextRun: "2026-03-01T18:00:00.000Z",
  lastRun: run,
  lastSuccess: "2026-02-27T12:00:00Z",
  failuresInARow: 5,
  failuresAtLeast: true,
  active: ["sweep-1"],
  createdAt: "2026-02-01T12:00:00Z",
};

describe("describeJobs", () => {
  it("aligns its columns, and shows the next run in the job's time zone", () => {
    const { lastRun: _run, lastSuccess: _success, nextRun: _next, schedule: _schedule, ...rest } = job;
    const idle: JobSummary = {
      ...rest,
      job: "by-hand",
      state: "onDemand",
      failuresInARow: 0,
      failuresAtLeast: false,
      active: [],
    };
    expect(describeJobs([job, idle], NOW, { withNamespace: true })).toBe(
      [
        "NAMESPACE   JOB       SCHEDULE               NEXT RUN           LAST RUN        LAST SUCCESS   FAILURES   ACTIVE   AGE",
        "shop        sweep     0 3 * * * Asia/Tokyo   2026-03-02 03:00   failed 1h ago   2d ago         5+         1        28d",
        "shop        by-hand   on demand              -                  -               -              0          0        28d",
      ].join("\n"),
    );
  });

  it("says which run was missed beside the next one", () => {
    const text = describeJobs([{ ...job, missedRun: "2026-02-28T18:00:00.000Z" }], NOW);
    expect(text).toContain("2026-03-02 03:00, missed 2026-03-01 03:00");
  });

  it("marks the last run as a dry run when it was one, here and in the job's status", () => {
    const planned: JobSummary = { ...job, lastRun: { ...run, outcome: "succeeded", dryRun: true } };
    expect(describeJobs([planned], NOW)).toContain("succeeded (dry run) 1h ago");
    expect(describeJobStatus(planned, NOW)).toContain("sweep-kt2c4: succeeded (dry run) 1h ago");
  });

  it("says paused in place of the next run", () => {
    expect(describeJobs([{ ...job, state: "paused" }], NOW)).toMatch(/Asia\/Tokyo {3}paused/);
  });
});

describe("describeRuns", () => {
  it("shows who triggered a run, which run it retries and what it changed", () => {
    const place = { namespace: "shop", job: "sweep" };
    const waiting: RunEntry = {
      ...run,
      ...place,
      run: "sweep-x",
      outcome: "waiting",
      reason: "Unschedulable",
      retryOf: "sweep-kt2c4",
      dryRun: true,
    };
    expect(describeRuns([waiting, { ...run, ...place }], "Etc/UTC").split("\n")).toEqual([
      "RUN           OUTCOME                  TRIGGER                       STARTED (Etc/UTC)   TOOK   ATTEMPTS   CHANGES",
      "sweep-x       waiting: Unschedulable   retry of sweep-kt2c4 by ada   2026-03-01 10:00    5s     2          dry run: delete 7 pods",
      "sweep-kt2c4   failed                   manual by ada                 2026-03-01 10:00    5s     2          delete 7 pods",
    ]);
  });
});

describe("describeJobStatus", () => {
  it("says in words when it runs, how it went, and how often it failed", () => {
    expect(describeJobStatus(job, NOW).split("\n")).toEqual([
      "job        sweep in shop, revision 0123456789",
      "schedule   0 3 * * * Asia/Tokyo (At 03:00)",
      "next run   2026-03-02 03:00, in 6h",
      "last run   sweep-kt2c4: failed 1h ago",
      "success    2d ago",
      "failures   5 or more in a row",
    ]);
  });

  it("says how long it has been paused", () => {
    const text = describeJobStatus({ ...job, state: "paused", pausedSince: "2026-03-01T11:00:00Z" }, NOW);
    expect(text).toContain("next run   none: paused for 1h");
  });
});

describe("describeRunStatus", () => {
  const report = reportFixture("running", { startedAt: "2026-03-01T11:59:00Z", progress: { done: 3 } });

  it("says how long a run has been running, in which pod, and its progress", () => {
    expect(describeRunStatus({ phase: "running", report, pod: "p" }, NOW).split("\n").slice(0, 3)).toEqual([
      "sweep-kt2c4: running for 1m in pod p",
      "did        delete 7 pods",
      'progress   {"done":3}',
    ]);
  });

  it("says what a waiting run waits for, and what helps", () => {
    const waiting = { reason: "Unschedulable", message: "no node" };
    expect(describeRunStatus({ phase: "waiting", report, waiting, hint: "Make room." }, NOW)).toBe(
      "sweep-kt2c4: waiting for 1m\nreason     Unschedulable: no node\nhint       Make room.",
    );
  });
});
