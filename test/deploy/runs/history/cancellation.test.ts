import { describe, expect, it } from "vitest";
import { readRun } from "../../../../deploy/runs/history/read-run.ts";
import type { JobObject } from "../../../../deploy/runs/history/run-objects.ts";
import { endedJob, jobFixture, podFixture, reportFixture } from "./run-fixture.ts";

const CANCELLED_AT = "2026-03-01T10:00:09Z";

function cancelled(job: JobObject, report?: string): JobObject {
  const annotations = {
    "errand/cancelled": CANCELLED_AT,
    ...(report === undefined ? {} : { "errand/report": report }),
  };
  return { ...job, metadata: { ...job.metadata, annotations } };
}

describe("readRun of a run that was cancelled by hand", () => {
  it("gives the report that was kept on its Job when its pod is gone", () => {
    const report = reportFixture("cancelled", { progress: { done: 3 } });
    const job = cancelled(endedJob("Failed", "DeadlineExceeded"), JSON.stringify(report));
    expect(readRun({ job, pods: [], events: [] })).toEqual({ phase: "finished", report });
  });

  it("says cancelled, and not that time was up, when no report could be kept", () => {
    const job = cancelled(endedJob("Failed", "DeadlineExceeded"), "half a repo");
    const { phase, report } = readRun({ job, pods: [], events: [] });
    expect(phase).toBe("finished");
    expect(report).toMatchObject({ outcome: "cancelled", error: { message: expect.stringContaining(CANCELLED_AT) } });
  });

  it("goes on to say running until its Job is over", () => {
    const pods = [podFixture({ running: {} })];
    expect(readRun({ job: cancelled(jobFixture()), pods, events: [] }).phase).toBe("running");
  });

  it("leaves a run that succeeded before it could be cancelled a success", () => {
    expect(readRun({ job: cancelled(endedJob("Complete")), pods: [], events: [] }).report.outcome).toBe("succeeded");
  });
});
