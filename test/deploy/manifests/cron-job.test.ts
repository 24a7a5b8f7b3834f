import { describe, expect, it } from "vitest";
import { podFailurePolicy } from "../../../deploy/manifests/cron-job.ts";

const actionOf = (exitCode: number) =>
  podFailurePolicy().rules.find((rule) => "onExitCodes" in rule && rule.onExitCodes?.values.includes(exitCode))?.action;

describe("podFailurePolicy", () => {
  it.each([
    [64, "invalid"],
    [65, "a FatalError"],
    [73, "limited"],
    [77, "denied"],
    [124, "timedOut"],
    [143, "cancelled"],
  ])("ends the Job when a pod ends with %i (%s)", (exitCode) => {
    expect(actionOf(exitCode)).toBe("FailJob");
  });

  it.each([1, 69, 134, 137])("counts a pod as a failure when it ends with %i", (exitCode) => {
    expect(actionOf(exitCode)).toBeUndefined();
  });

  it("checks for disruptions first", () => {
    expect(podFailurePolicy().rules[0]).toEqual({
      action: "Ignore",
      onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
    });
  });
});
