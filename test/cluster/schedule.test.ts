import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createEndedPods, PODS_THAT_GO, PODS_THAT_STAY, remainingPods } from "./ended-pods.ts";
import { TestNamespace } from "./namespace.ts";
import { deploy, terminationMessageOf } from "./runs.ts";

interface JobList {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

describe("a deployed schedule", () => {
  let namespace: TestNamespace;

  beforeAll(async () => {
    namespace = await TestNamespace.create(inject("cluster"), "schedule");
  });
  afterAll(() => namespace.delete());

  it("starts a run at its time, which deletes exactly the right objects and leaves a report", async () => {
    const { kubectl } = namespace;
    await createEndedPods(namespace);
    await deploy(namespace, "jobs/pod-cleanup.ts");
    // Every quarter of an hour is the job's own; a test waits for the next minute.
    await kubectl.text([
      "patch",
      "cronjob/pod-cleanup",
      `--patch=${JSON.stringify({ spec: { schedule: "* * * * *" } })}`,
    ]);

    await kubectl.waitFor("jsonpath={.status.lastScheduleTime}", ["cronjob/pod-cleanup"]);
    const { items } = await kubectl.get<JobList>("jobs");
    const run = items[0]?.metadata.name ?? "none";
    await kubectl.waitFor("condition=Complete", [`job/${run}`]);

    const scheduledTime = new Date(Number(run.replace("pod-cleanup-", "")) * 60_000);
    const report = await terminationMessageOf(namespace, run);
    expect(report).toMatchObject({
      job: "pod-cleanup",
      outcome: "succeeded",
      dryRun: false,
      mutations: { delete: { pods: PODS_THAT_GO.length } },
      result: { deleted: 3, removed: { succeeded: 1, failed: 1, evicted: 1 } },
      run: { id: run, trigger: "schedule", attempt: 1 },
    });
    expect(new Date(report.run.scheduledTime ?? "")).toEqual(scheduledTime);
    expect(await remainingPods(namespace)).toEqual(PODS_THAT_STAY);
  });
});
