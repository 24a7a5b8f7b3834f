import { afterAll, beforeAll } from "vitest";
import { leftOpen, openResources } from "./open-resources.ts";
import { trackTimers } from "./tracked-timers.ts";

// Runs around every test file: what a test starts it stops. Rejections that nobody handles end a run of vitest as failed by themselves.

trackTimers();

let before: readonly string[] = [];

beforeAll(() => {
  before = openResources();
});

afterAll(async () => {
  const left = await leftOpen(before);
  if (left.length > 0) throw new Error(`The tests of this file have left open: ${left.join(", ")}`);
});
