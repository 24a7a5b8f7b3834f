import assert from "node:assert/strict";
import { test } from "node:test";
import { countPods } from "./inventory.ts";

test("countPods counts phases, images and restarts when there are pods", () => {
  const pod = {
    spec: { containers: [{ image: "web:1" }] },
    status: { phase: "Running", containerStatuses: [{ restartCount: 2 }] },
  };
  assert.deepEqual(countPods([pod, pod]), { pods: 2, phases: { Running: 2 }, restarts: 4, images: { "web:1": 2 } });
});

test("countPods counts nothing when there is no pod", () => {
  assert.deepEqual(countPods([]), { pods: 0, phases: {}, restarts: 0, images: {} });
});
