import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "./watch.ts";

test("isFailure is true when a pod is there and has failed", () => {
  assert.equal(isFailure("MODIFIED", { phase: "Failed" }), true);
});

test("isFailure is false when a pod runs or was deleted", () => {
  assert.equal(isFailure("ADDED", { phase: "Running" }), false);
  assert.equal(isFailure("DELETED", { phase: "Failed" }), false);
});
