import { describe, expect, it } from "vitest";
import type { JobRecords } from "../../../deploy/runs/fetch-jobs.ts";
import { missingRuns } from "../../../deploy/source/missing-runs.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";
import { jobFixture, reportFixture } from "../runs/history/run-fixture.ts";

/** A job with so many of each kept, an hour apart, the newest at 12:00. */
function job(
  name: string,
  limits: { successes?: number; failures?: number },
  complete: number,
  failed: number,
): JobRecords {
  const run = (type: "Complete" | "Failed", hour: number) => ({
    job: jobFixture(
      { conditions: [{ type, status: "True" }] },
      { creationTimestamp: `2026-03-01T${String(12 - hour).padStart(2, "0")}:00:00Z` },
    ),
    record: { phase: "finished" as const, report: reportFixture("succeeded") },
  });
  const { metadata, spec, ...cronJob } = cronJobFixture();
  const { failedJobsHistoryLimit: _, ...unlimited } = spec;
  return {
    cronJob: {
      ...cronJob,
      metadata: { ...metadata, name },
      spec: {
        ...unlimited,
        ...(limits.successes === undefined ? {} : { successfulJobsHistoryLimit: limits.successes }),
        ...(limits.failures === undefined ? {} : { failedJobsHistoryLimit: limits.failures }),
      },
    },
    runs: [
      ...Array.from({ length: complete }, (_, hour) => run("Complete", hour)),
      ...Array.from({ length: failed }, (_, hour) => run("Failed", hour)),
    ],
    foreign: [],
  };
}

const at = (hour: number) => new Date(`2026-03-01T${String(hour).padStart(2, "0")}:00:00Z`);

describe("missingRuns", () => {
  const full = job("sweep", { successes: 3, failures: 5 }, 3, 1);

  it("says nothing where there is room for more", () => {
    expect(missingRuns([job("sweep", { successes: 3, failures: 5 }, 2, 4)], {})).toBeUndefined();
    expect(missingRuns([], {})).toBeUndefined();
  });

  it("says what is kept where older ones may have gone", () => {
    expect(missingRuns([full], { job: { job: "sweep" } })).toBe(
      "Kubernetes keeps only the newest runs of sweep: 3 that completed and 5 that failed. Older ones may be gone.",
    );
  });

  it("counts with Kubernetes' own limits where the CronJob sets none", () => {
    expect(missingRuns([job("sweep", {}, 0, 1)], {})).toMatch(/sweep/);
    expect(missingRuns([job("sweep", {}, 2, 0)], {})).toBeUndefined();
    expect(missingRuns([job("sweep", { successes: 0, failures: 5 }, 0, 0)], {})).toMatch(/sweep/);
  });

  it.each([
    ["failed", false],
    ["timedOut", false],
    ["running", false],
    ["foreign", false],
    ["succeeded", true],
    ["lost", true],
  ])("asks only for the limit that %s falls under", (outcome, isSaid) => {
    expect(missingRuns([full], { outcomes: [outcome] }) !== undefined).toBe(isSaid);
  });

  it("says nothing of a time of which all is kept", () => {
    expect(missingRuns([full], { since: at(10) })).toBeUndefined();
    expect(missingRuns([full], { since: at(9) })).toMatch(/sweep/);
  });

  it("names some of several jobs, and says how many more there are", () => {
    const jobs = ["a", "b", "c", "d", "e"].map((name) => job(name, {}, 3, 0));
    expect(missingRuns(jobs.slice(0, 3), {})).toMatch(/ones of a, b, c may be gone\.$/);
    expect(missingRuns(jobs, {})).toMatch(/ones of a, b, c and 2 more may be gone\.$/);
  });
});
