import assert from "node:assert/strict";
import { test } from "node:test";
import { runJob, startEmbeddedCluster } from "errand/testing";
import job, { countPods } from "./inventory.ts";

test("the job counts phases, images and restarts of pods", async () => {
  await using cluster = await startEmbeddedCluster();
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "web", image: "web:1" }] },
    status: { phase: "Running", containerStatuses: [{ restartCount: 2 }] },
  });
  cluster.applyObjects([pod("one"), pod("other")]);
  const { outcome, result } = await runJob(job, cluster);
  assert.equal(outcome, "succeeded");
  assert.deepEqual(result, { pods: 2, phases: { Running: 2 }, restarts: 4, images: { "web:1": 2 } });
});

test("countPods counts nothing when there is no pod", () => {
  assert.deepEqual(countPods([]), { pods: 0, phases: {}, restarts: 0, images: {} });
});
