import assert from "node:assert/strict";
import { test } from "node:test";
import { findTrouble } from "./report.ts";

test("findTrouble names the reason when a container cannot start", () => {
  const waiting = { name: "web", restartCount: 0, state: { waiting: { reason: "ImagePullBackOff" } } };
  assert.deepEqual(findTrouble({ containerStatuses: [waiting] }, 5), ["web waits: ImagePullBackOff"]);
});

test("findTrouble counts restarts when they are too many, and says nothing when they are few", () => {
  const restarted = { name: "web", restartCount: 5 };
  assert.deepEqual(findTrouble({ containerStatuses: [restarted] }, 5), ["web was restarted 5 times"]);
  assert.deepEqual(findTrouble({ containerStatuses: [restarted] }, 6), []);
});
