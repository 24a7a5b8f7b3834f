import { describe, expect, it } from "vitest";
import { manualJob } from "../../../deploy/manifests/manual-job.ts";
import { runParams } from "../../../deploy/runs/run-params.ts";
import { cronJobFixture } from "../diagnose/why/snapshot-fixture.ts";
import { jobFixture } from "./history/run-fixture.ts";

describe("runParams", () => {
  it.each([
    [{ olderThan: "2h", tags: ["a"] }, true],
    [{ price: "$5", expression: "$(HOME) $$" }, false],
    [{}, false],
  ])("gives back what a manual run was made with: %j, dry run %s", (params, dryRun) => {
    const template = { spec: { containers: [{ name: "job" }] } };
    const cronJob = cronJobFixture({ jobTemplate: { spec: { template } } });
    const made = manualJob(cronJob, { name: "sweep-x", params, dryRun });
    expect(
      runParams({ ...jobFixture(), ...made, metadata: jobFixture().metadata } as ReturnType<typeof jobFixture>),
    ).toEqual({ params, dryRun });
  });

  it("gives nothing for a run of the schedule", () => {
    expect(runParams(jobFixture())).toEqual({ params: {}, dryRun: false });
  });
});
