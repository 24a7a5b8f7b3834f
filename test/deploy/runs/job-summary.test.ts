import { describe, expect, it } from "vitest";
import { NEVER } from "../../../deploy/manifests/cron-job.ts";
import type { RecordedRun } from "../../../deploy/runs/history/recorded-run.ts";
import { summarizeJob } from "../../../deploy/runs/job-summary.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";
import { jobFixture, reportFixture } from "./history/run-fixture.ts";

const NOW = new Date("2026-03-01T10:50:00Z");

function run(outcome: Report["outcome"], more: Partial<Report> = {}): RecordedRun {
  const report = reportFixture(outcome, { finishedAt: "2026-03-01T10:00:08Z", ...more });
  const record =
    outcome === "running"
      ? ({ phase: "running", report, pod: "p" } as const)
      : ({ phase: "finished", report } as const);
  return { job: jobFixture({}, { name: `sweep-${outcome}` }), record };
}

describe("summarizeJob", () => {
  it("gives schedule, next run and last success of a job that does well", () => {
    const cronJob = cronJobFixture({}, { status: { lastScheduleTime: "2026-03-01T10:00:00Z" } });
    expect(summarizeJob(cronJob, [run("succeeded")], NOW)).toMatchObject({
      ...{ namespace: "shop", job: "sweep", revision: "0123456789", schedule: "0 * * * *", timeZone: "Etc/UTC" },
      ...{ state: "scheduled", nextRun: "2026-03-01T11:00:00.000Z", lastSuccess: "2026-03-01T10:00:08Z" },
      ...{ failuresInARow: 0, failuresAtLeast: false, active: [] },
    });
  });

  it("counts the next run in the job's time zone", () => {
    const cronJob = cronJobFixture({ schedule: "0 3 * * *", timeZone: "Asia/Tokyo" });
    expect(summarizeJob(cronJob, [], NOW).nextRun).toBe("2026-03-01T18:00:00.000Z");
  });

  it("counts failures since the last success, and neither cancelled nor dry runs", () => {
    const runs = [
      run("running"),
      run("failed"),
      run("cancelled"),
      run("failed", { dryRun: true }),
      run("outOfMemory"),
      run("succeeded"),
      run("failed"),
    ];
    const summary = summarizeJob(cronJobFixture(), runs, NOW);
    expect(summary).toMatchObject({ failuresInARow: 2, failuresAtLeast: false, active: ["sweep-running"] });
    expect(summary.lastRun?.outcome).toBe("failed");
  });

  it("says that there may have been more failures when no more of them are kept", () => {
    const runs = [run("failed"), run("failed")];
    const summary = summarizeJob(cronJobFixture({ failedJobsHistoryLimit: 2 }), runs, NOW);
    expect(summary).toMatchObject({ failuresInARow: 2, failuresAtLeast: true });
  });

  it("remembers a success whose Job is gone by what the CronJob says", () => {
    const cronJob = cronJobFixture({}, { status: { lastSuccessfulTime: "2026-02-27T10:00:00Z" } });
    expect(summarizeJob(cronJob, [run("failed")], NOW).lastSuccess).toBe("2026-02-27T10:00:00Z");
  });

  it.each([
    ["lost", reportFixture("lost")],
    ["a dry run", reportFixture("succeeded", { dryRun: true })],
  ])("does not call it a success when the complete Job's run was %s", (_what, report) => {
    const completionTime = "2026-03-01T10:00:09Z";
    const cronJob = cronJobFixture({}, { status: { lastSuccessfulTime: completionTime } });
    const recorded: RecordedRun = { job: jobFixture({ completionTime }), record: { phase: "finished", report } };
    expect(summarizeJob(cronJob, [recorded], NOW)).not.toHaveProperty("lastSuccess");
  });

  it("says which run was missed when the last due one was not started in time", () => {
    const status = { lastScheduleTime: "2026-03-01T09:00:00Z" };
    expect(summarizeJob(cronJobFixture({}, { status }), [], NOW).missedRun).toBe("2026-03-01T10:00:00.000Z");
    const fired = { status: { lastScheduleTime: "2026-03-01T10:00:00Z" } };
    expect(summarizeJob(cronJobFixture({}, fired), [], NOW)).not.toHaveProperty("missedRun");
  });

  it.each([
    ["paused", { suspend: true }, { "errand/paused": "2026-03-01T09:00:00Z" }],
    ["suspended", { suspend: true }, {}],
    ["onDemand", { suspend: true, schedule: NEVER }, {}],
  ])("has no next run when it is %s", (state, spec, annotations) => {
    const summary = summarizeJob(cronJobFixture(spec, { metadata: { annotations } }), [], NOW);
    expect(summary.state).toBe(state);
    expect(summary).not.toHaveProperty("nextRun");
  });
});
