import { describe, expect, it } from "vitest";
import { readRunIdentity } from "../../../../runtime/run/pod/run-identity.ts";

const scheduled = { ERRAND_JOB: "pod-cleanup", ERRAND_RUN_ID: "pod-cleanup-29000000" };

describe("readRunIdentity", () => {
  it("gives the scheduled time when the Job's name is the CronJob's with unix minutes", () => {
    expect(readRunIdentity(scheduled)).toStrictEqual({
      id: "pod-cleanup-29000000",
      scheduledTime: "2025-02-19T21:20:00Z",
      attempt: 1,
      trigger: "schedule",
    });
  });

  it.each([
    ["the variable says so", { ...scheduled, ERRAND_TRIGGER: "manual" }],
    ["the name ends in something else", { ...scheduled, ERRAND_RUN_ID: "pod-cleanup-manual-x7k2p" }],
    ["the name ends in a number that is no time", { ...scheduled, ERRAND_RUN_ID: "pod-cleanup-2" }],
    ["the name is of a longer CronJob", { ...scheduled, ERRAND_RUN_ID: "pod-cleanup-b-29000000" }],
    ["the name is of another CronJob", { ...scheduled, ERRAND_RUN_ID: "inventory-29000000" }],
  ])("is manual and has no scheduled time when %s", (_why, environment) => {
    expect(readRunIdentity(environment)).toStrictEqual({
      id: environment.ERRAND_RUN_ID,
      attempt: 1,
      trigger: "manual",
    });
  });

  it.each([
    ["0", 1],
    ["2", 3],
    ["", 1],
    ["many", 1],
    ["-1", 1],
  ])("counts the failures before when their number is %j", (previous, attempt) => {
    expect(readRunIdentity({ ...scheduled, ERRAND_PREVIOUS_FAILURES: previous }).attempt).toBe(attempt);
  });

  it("says who triggered it when that is known", () => {
    const manual = { ...scheduled, ERRAND_TRIGGER: "manual", ERRAND_TRIGGERED_BY: "eve@example.com" };
    expect(readRunIdentity(manual)).toMatchObject({ trigger: "manual", triggeredBy: "eve@example.com" });
    expect(readRunIdentity({ ...scheduled, ERRAND_TRIGGERED_BY: "eve" })).not.toHaveProperty("triggeredBy");
  });

  it("is local when there is no Job", () => {
    expect(readRunIdentity({})).toStrictEqual({ id: "local", attempt: 1, trigger: "local" });
    expect(readRunIdentity({ ERRAND_RUN_ID: "", ERRAND_POD_NAME: "web-1" }).id).toBe("web-1");
  });
});
