import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { createEndedPods, PODS_THAT_GO, PODS_THAT_STAY, remainingPods } from "./ended-pods.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy, terminationMessageOf, triggerAndWait, untilNothingIsDue } from "./runs.ts";

describe("errand trigger --wait", () => {
  let namespace: TestNamespace;

  beforeEach(async () => {
    namespace = await TestNamespace.create(inject("cluster"), "trigger");
    await createEndedPods(namespace);
    // Else the schedule would do the run's work first, in one of a hundred times.
    await untilNothingIsDue(15);
    await deploy(namespace, "jobs/pod-cleanup.ts");
    await namespace.kubectl.text([
      "patch",
      "cronjob/pod-cleanup",
      `--patch=${JSON.stringify({ spec: { suspend: true } })}`,
    ]);
  });
  afterEach(() => namespace.delete());

  it("returns the report from the pod when the run has ended", async () => {
    const { code, report } = await triggerAndWait(namespace, "pod-cleanup");
    expect(code).toBe(0);
    expect(report).toMatchObject({
      outcome: "succeeded",
      run: { trigger: "manual", attempt: 1 },
      result: { deleted: 3 },
    });
    expect(report).toEqual(await terminationMessageOf(namespace, report.run.id));
    expect(await remainingPods(namespace)).toEqual(PODS_THAT_STAY);
  });

  it("passes a parameter to the run", async () => {
    const { report } = await triggerAndWait(namespace, "pod-cleanup", "--param", "olderThan=10m");
    expect(report.params).toMatchObject({ olderThan: "10m" });
    expect(await remainingPods(namespace)).toEqual(PODS_THAT_STAY.filter((name) => name !== "succeeded-lately"));
  });

  it("deletes nothing in a dry run, although the API server validates each delete", async () => {
    const { code, report } = await triggerAndWait(namespace, "pod-cleanup", "--dry-run");
    expect(code).toBe(0);
    expect(report).toMatchObject({ outcome: "succeeded", dryRun: true, result: { deleted: 3 } });
    expect(await remainingPods(namespace)).toEqual([...PODS_THAT_GO, ...PODS_THAT_STAY].toSorted());
    const deletes = await namespace.requestsOf("pod-cleanup", { verb: "delete", resource: "pods" });
    expect(deletes.map(({ objectRef }) => objectRef?.name).toSorted()).toEqual(PODS_THAT_GO);
    for (const { requestURI, responseStatus } of deletes) {
      expect(new URL(requestURI, "https://api").searchParams.get("dryRun")).toBe("All");
      expect(responseStatus?.code).toBe(200);
    }
  });
});
