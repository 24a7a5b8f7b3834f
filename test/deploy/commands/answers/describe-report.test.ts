import { describe, expect, it } from "vitest";
import { describeReport } from "../../../../deploy/commands/answers/describe-report.ts";
import { reportFixture } from "../../runs/history/run-fixture.ts";

const finishedAt = "2026-03-01T10:00:05Z";

describe("describeReport", () => {
  it("says outcome, time, changes, cost and result when a run succeeded", () => {
    expect(describeReport(reportFixture("succeeded", { finishedAt, result: { deleted: 7 } }))).toBe(
      [
        "sweep-kt2c4: succeeded in 2s",
        "did        delete 7 pods",
        "cost       9 requests, 70 MB of memory".replace("70 MB", "70.0 MB"),
        'result     {\n  "deleted": 7\n}',
      ].join("\n"),
    );
  });

  it("says why a run failed, what to do and how far it got", () => {
    const error = { reason: "Error", message: "no", hint: "do this", stack: "    at job.ts:1:2" };
    const text = describeReport(reportFixture("failed", { error, progress: { done: 3 }, retries: 2 }));
    expect(text).toMatch(/^reason {5}Error: no$/m);
    expect(text).toMatch(/^hint {7}do this$/m);
    expect(text).toMatch(/^ +at job\.ts:1:2$/m);
    expect(text).toMatch(/^progress {3}\{"done":3\}$/m);
    expect(text).toContain("9 requests, 2 retries");
  });

  it("says request and retry in the singular when there was one of each", () => {
    const text = describeReport(reportFixture("succeeded", { requests: 1, retries: 1 }));
    expect(text).toContain("cost       1 request, 1 retry, ");
  });

  it("says how long the run waited when the API server was busy", () => {
    const text = describeReport(reportFixture("succeeded", { requests: 4, retries: 2, throttledMs: 2_000 }));
    expect(text).toContain("4 requests, 2 retries, 2s waiting for the busy API server, ");
  });

  it("says that nothing was done when it was a dry run", () => {
    const text = describeReport(reportFixture("succeeded", { dryRun: true, mutations: {} }));
    expect(text).toContain("succeeded (dry run)");
    expect(text).toContain("would do   no changes");
  });

  it("says what was left out, and the attempt, when they matter", () => {
    const run = { id: "sweep-kt2c4", attempt: 2, trigger: "manual" } as const;
    const text = describeReport(
      reportFixture("succeeded", { finishedAt, run, dropped: ["result"], warnings: ["old API"] }),
    );
    expect(text).toContain("sweep-kt2c4: succeeded in 2s, attempt 2");
    expect(text).toContain("left out   result: too large");
    expect(text).toContain("warning    old API");
  });
});
