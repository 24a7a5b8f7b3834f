import assert from "node:assert/strict";
import { test } from "node:test";
import { runJob, startEmbeddedCluster } from "errand/testing";
import job, { endedBefore } from "./cleanup.ts";

const now = Date.parse("2030-01-01T12:00:00Z");
const status = (phase: string, finishedAt: string) => ({
  phase,
  containerStatuses: [{ state: { terminated: { finishedAt } } }],
});

test("the job deletes pods that ended long ago, and no others", async () => {
  await using cluster = await startEmbeddedCluster();
  const pod = (name: string, status: object) => ({ apiVersion: "v1", kind: "Pod", metadata: { name }, status });
  cluster.applyObjects([
    pod("old", status("Failed", "2026-01-01T00:00:00Z")),
    pod("young", status("Succeeded", new Date().toISOString())),
    pod("web", { phase: "Running" }),
  ]);
  const { outcome, result } = await runJob(job, cluster, { params: { olderThan: "2h" } });
  assert.deepEqual({ outcome, result }, { outcome: "succeeded", result: { deleted: 1 } });
});

test("endedBefore is false when the pod ended later, is pending, or has no end", () => {
  assert.equal(endedBefore({ status: status("Failed", "2030-01-01T11:00:00Z") }, now), true);
  assert.equal(endedBefore({ status: status("Failed", "2030-01-01T13:00:00Z") }, now), false);
  assert.equal(endedBefore({ status: status("Pending", "2030-01-01T11:00:00Z") }, now), false);
  assert.equal(endedBefore({ status: { phase: "Failed" } }, now), false);
});
