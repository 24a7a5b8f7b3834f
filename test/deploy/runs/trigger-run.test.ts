import { describe, expect, it } from "vitest";
import { jobNameIn } from "../../../deploy/runs/find-run.ts";
import { manualRunName } from "../../../deploy/runs/trigger-run.ts";
import { ENVIRONMENT, readRunIdentity } from "../../../runtime/run/pod/environment.ts";

const names = Array.from({ length: 200 }, () => manualRunName("sweep"));

describe("manualRunName", () => {
  it("is never taken for a run of the schedule when the runtime reads it", () => {
    const triggers = names.map(
      (name) => readRunIdentity({ [ENVIRONMENT.runId]: name, [ENVIRONMENT.job]: "sweep" }).trigger,
    );
    expect(new Set(triggers)).toEqual(new Set(["manual"]));
  });

  it("leaves room for the index of an Indexed Job in a label when the job's name is as long as may be", () => {
    expect(`${manualRunName("a".repeat(52))}-0`.length).toBeLessThanOrEqual(63);
  });

  it("is a DNS label, and hardly ever the same, when it is made again", () => {
    for (const name of names) expect(name).toMatch(/^sweep-[a-z][a-z0-9]{4}$/);
    expect(new Set(names).size).toBeGreaterThan(190);
  });
});

describe("jobNameIn", () => {
  it.each([
    ["sweep", "sweep"],
    ["jobs/sweep.ts", "sweep"],
    ["sweep.mjs", "sweep"],
    ["./a.b/sweep.ts", "sweep"],
  ])("reads %s as %s", (word, name) => expect(jobNameIn(word)).toBe(name));
});
