import { describe, expect, it } from "vitest";
import { readPodSettings } from "../../../../runtime/run/pod/pod-settings.ts";

describe("readPodSettings", () => {
  it("has the documented defaults when nothing is set", () => {
    expect(readPodSettings({})).toMatchObject({
      facts: { job: "unknown", namespace: "default", revision: "unknown", dryRun: false },
      paramsText: undefined,
      statusPort: 8080,
      openAddresses: [],
      terminationLog: "/dev/termination-log",
      serviceAccountFolder: undefined,
    });
  });

  it("takes what is set when the manifests set it", () => {
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
      facts: { job: "pod-cleanup", namespace: "team-a", revision: "abc", dryRun: true },
      paramsText: "{}",
      statusPort: 0,
      openAddresses: ["10.88.0.2", "fd00::2"],
      terminationLog: "/log",
      serviceAccount: "errand-pod-cleanup",
      serviceAccountFolder: "/tokens",
    });
  });

  it.each(["70000", "-1", "80a", "1.5"])("keeps the default port when it is %j", (port) => {
    expect(readPodSettings({ ERRAND_STATUS_PORT: port }).statusPort).toBe(8080);
  });

  it("is no dry run when the variable is anything but true", () => {
    expect(readPodSettings({ ERRAND_DRY_RUN: "false" }).facts.dryRun).toBe(false);
  });
});
