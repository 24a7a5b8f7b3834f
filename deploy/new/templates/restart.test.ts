import assert from "node:assert/strict";
import { test } from "node:test";
import { canRestart } from "./restart.ts";

test("canRestart is true when a deployment runs", () => {
  assert.equal(canRestart({ spec: { replicas: 2 } }), true);
  assert.equal(canRestart({ spec: {} }), true);
});

test("canRestart is false when a deployment is paused or scaled to nothing", () => {
  assert.equal(canRestart({ spec: { replicas: 2, paused: true } }), false);
  assert.equal(canRestart({ spec: { replicas: 0 } }), false);
});
