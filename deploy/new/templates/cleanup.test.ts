import assert from "node:assert/strict";
import { test } from "node:test";
import { endedBefore } from "./cleanup.ts";

const now = Date.parse("2030-01-01T12:00:00Z");
const pod = (phase: string, finishedAt: string) => ({
  status: { phase, containerStatuses: [{ state: { terminated: { finishedAt } } }] },
});

test("endedBefore is true when the pod ended before the time", () => {
  assert.equal(endedBefore(pod("Succeeded", "2030-01-01T11:00:00Z"), now), true);
});

test("endedBefore is false when the pod ended after the time, still waits, or does not say when it ended", () => {
  assert.equal(endedBefore(pod("Failed", "2030-01-01T13:00:00Z"), now), false);
  assert.equal(endedBefore(pod("Pending", "2030-01-01T11:00:00Z"), now), false);
  assert.equal(endedBefore({ status: { phase: "Failed" } }, now), false);
});
