import assert from "node:assert/strict";
import { test } from "node:test";
import { runJob, startEmbeddedCluster } from "errand/testing";
import job, { isFailure } from "./watch.ts";

test("the job reports a pod that has failed, and no other", async () => {
  await using cluster = await startEmbeddedCluster();
  const pod = (name: string, phase: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    status: { phase },
  });
  cluster.applyObjects([pod("broken", "Failed"), pod("web", "Running")]);
  const { outcome, result } = await runJob(job, cluster, { params: { watchFor: "500ms" } });
  assert.deepEqual({ outcome, result }, { outcome: "succeeded", result: { failed: ["broken"] } });
});

test("isFailure is false when a pod runs or was deleted", () => {
  assert.equal(isFailure("MODIFIED", { phase: "Failed" }), true);
  assert.equal(isFailure("ADDED", { phase: "Running" }), false);
  assert.equal(isFailure("DELETED", { phase: "Failed" }), false);
});
