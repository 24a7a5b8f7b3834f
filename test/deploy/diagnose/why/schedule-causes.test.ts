import { describe, expect, it } from "vitest";
import { explainSchedule } from "../../../../deploy/diagnose/why/explain.ts";
import { NEVER } from "../../../../deploy/manifests/cron-job.ts";
import { eventFixture } from "../../runs/history/run-fixture.ts";
import { cronJobFixture, scheduleSnapshot } from "./snapshot-fixture.ts";

const fired = { status: { lastScheduleTime: "2026-03-01T10:00:00Z" } };

function eventAt(reason: string, message: string, lastTimestamp: string) {
  return { ...eventFixture(reason, message), lastTimestamp };
}

describe("explainSchedule", () => {
  it("finds nothing when the last due run was started", () => {
    expect(explainSchedule(scheduleSnapshot(cronJobFixture({}, fired), { runs: 1 }))).toBeUndefined();
  });

  it("says paused, since when and how to resume, when errand pause suspended it", () => {
    const metadata = { annotations: { "errand/paused": "2026-03-01T09:00:00Z" } };
    expect(explainSchedule(scheduleSnapshot(cronJobFixture({ suspend: true }, { metadata })))).toEqual({
      cause: "paused",
      what: "the schedule triggers no runs: sweep has been paused since 2026-03-01T09:00:00Z",
      evidence: ["CronJob shop/sweep: suspend is true, set by errand-pause"],
      next: "errand resume sweep -n shop",
    });
  });

  it("says suspended, and by whom, when another manager owns the field", () => {
    const managedFields = [
      { manager: "errand", fieldsV1: { "f:spec": { "f:schedule": {} } } },
      { manager: "kubectl-patch", time: "2026-03-01T09:00:00Z", fieldsV1: { "f:spec": { "f:suspend": {} } } },
    ];
    const found = explainSchedule(scheduleSnapshot(cronJobFixture({ suspend: true }, { metadata: { managedFields } })));
    expect(found).toMatchObject({
      cause: "suspended",
      evidence: ["CronJob shop/sweep: suspend is true, set by kubectl-patch at 2026-03-01T09:00:00Z"],
    });
  });

  it("says onDemand when a job without a schedule has no runs", () => {
    const cronJob = cronJobFixture({ schedule: NEVER, suspend: true });
    expect(explainSchedule(scheduleSnapshot(cronJob))?.cause).toBe("onDemand");
    expect(explainSchedule(scheduleSnapshot(cronJob, { runs: 1 }))).toBeUndefined();
  });

  it("says overlapping when a due run was skipped since the last start", () => {
    const events = [eventAt("JobAlreadyActive", "Not starting job", "2026-03-01T10:00:05Z")];
    const found = explainSchedule(
      scheduleSnapshot(cronJobFixture({}, fired), { events, active: ["sweep-1"], runs: 1 }),
    );
    expect(found).toMatchObject({
      cause: "overlapping",
      evidence: ["event JobAlreadyActive: Not starting job", "CronJob shop/sweep: concurrencyPolicy Forbid"],
    });
    expect(found?.what).toContain("sweep-1 was still active");
  });

  it("no longer says overlapping once another run was started", () => {
    const events = [eventAt("JobAlreadyActive", "Not starting job", "2026-03-01T09:59:05Z")];
    expect(explainSchedule(scheduleSnapshot(cronJobFixture({}, fired), { events, runs: 1 }))).toBeUndefined();
  });

  it("says jobRefused when the API server refused the Job", () => {
    const events = [eventAt("FailedCreate", "jobs.batch is forbidden: exceeded quota: few", "2026-03-01T10:00:05Z")];
    expect(explainSchedule(scheduleSnapshot(cronJobFixture({}, fired), { events, runs: 1 }))).toMatchObject({
      cause: "jobRefused",
      next: expect.stringContaining("kubectl describe quota -n shop"),
    });
  });

  it("says deadlineMissed when a due run was not started before its deadline", () => {
    const status = { lastScheduleTime: "2026-03-01T09:00:00Z" };
    const found = explainSchedule(scheduleSnapshot(cronJobFixture({}, { status }), { runs: 1 }));
    expect(found).toMatchObject({ cause: "deadlineMissed" });
    expect(found?.what).toContain("2026-03-01 10:00 Etc/UTC");
  });

  it("does not say deadlineMissed while the run may still start", () => {
    const status = { lastScheduleTime: "2026-03-01T09:00:00Z" };
    const cronJob = cronJobFixture({ startingDeadlineSeconds: 3_600 }, { status });
    expect(explainSchedule(scheduleSnapshot(cronJob, { runs: 1 }))).toBeUndefined();
  });

  it("says notYetDue, and when its first run is, when it was deployed after the last due time", () => {
    const metadata = { creationTimestamp: "2026-03-01T10:45:00Z" };
    const cronJob = cronJobFixture({ timeZone: "Europe/Berlin" }, { metadata });
    const found = explainSchedule(scheduleSnapshot(cronJob));
    expect(found).toMatchObject({ cause: "notYetDue" });
    expect(found?.what).toContain("2026-03-01 12:00 Europe/Berlin");
  });
});
