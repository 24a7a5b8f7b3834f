import assert from "node:assert/strict";
import { test } from "node:test";
import { runJob, startEmbeddedCluster } from "errand/testing";
import job, { findTrouble } from "./report.ts";

test("the job reports a container that cannot start, with its pod and the reason", async () => {
  await using cluster = await startEmbeddedCluster();
  const waiting = { name: "web", restartCount: 0, state: { waiting: { reason: "ImagePullBackOff" } } };
  const status = { phase: "Pending", containerStatuses: [waiting] };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web-1" }, status };
  cluster.applyObjects([pod]);
  const { outcome, result } = await runJob(job, cluster);
  assert.equal(outcome, "succeeded");
  assert.deepEqual(result, { findings: ["web-1: web waits: ImagePullBackOff"] });
});

test("findTrouble reports restarts only when there are too many", () => {
  const restarted = { name: "web", restartCount: 5 };
  assert.deepEqual(findTrouble({ containerStatuses: [restarted] }, 5), ["web was restarted 5 times"]);
  assert.deepEqual(findTrouble({ containerStatuses: [restarted] }, 6), []);
});
