import { describe, expect, it } from "vitest";
import { findNameProblems, jobNameOf } from "../../../deploy/settings/job-name.ts";

describe("jobNameOf", () => {
  it.each(["jobs/pod-cleanup.ts", "/a/b/pod-cleanup.mts", "pod-cleanup.js"])(
    "is the file's name when it is %s",
    (file) => expect(jobNameOf(file)).toBe("pod-cleanup"),
  );
});

describe("findNameProblems", () => {
  it("finds nothing when a name has 52 characters", () => {
    expect(findNameProblems("a".repeat(52))).toEqual([]);
  });

  it("gives both lengths when a name has 53 characters", () => {
    expect(findNameProblems("a".repeat(53))[0]?.message).toContain(
      "has 53 characters; a CronJob's name may have at most 52",
    );
  });

  it.each([
    ["PodCleanup", "pod-cleanup.ts"],
    ["pod_cleanup", "pod-cleanup.ts"],
    ["pod.cleanup", "pod-cleanup.ts"],
    ["-pods", "pods.ts"],
  ])("suggests a name that works when the file is called %s", (name, suggestion) => {
    expect(findNameProblems(name)[0]?.message).toContain(`rename the file to ${suggestion}`);
  });
});
