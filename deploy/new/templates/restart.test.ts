import assert from "node:assert/strict";
import { test } from "node:test";
import { runJob, startEmbeddedCluster } from "errand/testing";
import job, { canRestart } from "./restart.ts";

test("the job restarts Deployments with the label, except paused ones", async () => {
  await using cluster = await startEmbeddedCluster();
  const deployment = (name: string, spec: object) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels: { restart: "weekly" } },
    spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } } }, ...spec },
  });
  cluster.applyObjects([deployment("web", {}), deployment("paused", { paused: true })]);
  const { outcome, result } = await runJob(job, cluster);
  assert.deepEqual({ outcome, result }, { outcome: "succeeded", result: { restarted: ["web"] } });
});

test("canRestart is false when a Deployment is paused or has no replicas", () => {
  assert.equal(canRestart({ spec: { replicas: 2 } }), true);
  assert.equal(canRestart({ spec: { replicas: 2, paused: true } }), false);
  assert.equal(canRestart({ spec: { replicas: 0 } }), false);
});
