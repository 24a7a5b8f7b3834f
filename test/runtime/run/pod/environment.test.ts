import { describe, expect, it } from "vitest";
import { readPodSettings, readRunIdentity } from "../../../../runtime/run/pod/environment.ts";

describe("readPodSettings", () => {
  it("has the documented defaults", () => {
    expect(readPodSettings({})).toMatchObject({
      facts: { job: "unknown", namespace: "default", revision: "unknown", dryRun: false },
      paramsText: undefined,
      statusPort: 8080,
      openAddresses: [],
      terminationLog: "/dev/termination-log",
      serviceAccountFolder: undefined,
    });
  });

  it("reads every variable of the manifests", () => {
    const environment = {
      ERRAND_JOB: "pod-cleanup",
      ERRAND_REVISION: "abc",
      ERRAND_PARAMS: "{}",
      ERRAND_DRY_RUN: "true",
      POD_NAMESPACE: "team-a",
      ERRAND_SERVICE_ACCOUNT: "errand-pod-cleanup",
      ERRAND_STATUS_PORT: "0",
      ERRAND_OPEN_ADDRESSES: "10.88.0.2,fd00::2",
      ERRAND_SERVICE_ACCOUNT_FOLDER: "/tokens",
      ERRAND_TERMINATION_LOG: "/log",
    };
    expect(readPodSettings(environment)).toMatchObject({
      facts: {
        job: "pod-cleanup",
        namespace: "team-a",
        revision: "abc",
        dryRun: true,
        serviceAccount: "errand-pod-cleanup",
      },
      paramsText: "{}",
      statusPort: 0,
      openAddresses: ["10.88.0.2", "fd00::2"],
      terminationLog: "/log",
      serviceAccountFolder: "/tokens",
    });
  });

  it.each(["70000", "-1", "80a", "1.5"])("uses the default port for %j", (port) => {
    expect(readPodSettings({ ERRAND_STATUS_PORT: port }).statusPort).toBe(8080);
  });

  it("is a dry run only if the variable is true", () => {
    expect(readPodSettings({ ERRAND_DRY_RUN: "false" }).facts.dryRun).toBe(false);
  });
});

const scheduled = { ERRAND_JOB: "pod-cleanup", ERRAND_RUN_ID: "pod-cleanup-29000000" };

describe("readRunIdentity", () => {
  it("reads the scheduled time from a Job name with the CronJob's name and unix minutes", () => {
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
  ])("is manual without a scheduled time if %s", (_why, environment) => {
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
  ])("counts earlier failures from %j", (previous, attempt) => {
    expect(readRunIdentity({ ...scheduled, ERRAND_PREVIOUS_FAILURES: previous }).attempt).toBe(attempt);
  });

  it("reads who triggered it", () => {
    const manual = { ...scheduled, ERRAND_TRIGGER: "manual", ERRAND_TRIGGERED_BY: "eve@example.com" };
    expect(readRunIdentity(manual)).toMatchObject({ trigger: "manual", triggeredBy: "eve@example.com" });
    expect(readRunIdentity({ ...scheduled, ERRAND_TRIGGERED_BY: "eve" })).not.toHaveProperty("triggeredBy");
  });

  it("is local without a Job", () => {
    expect(readRunIdentity({})).toStrictEqual({ id: "local", attempt: 1, trigger: "local" });
    expect(readRunIdentity({ ERRAND_RUN_ID: "", ERRAND_POD_NAME: "web-1" }).id).toBe("web-1");
  });
});
