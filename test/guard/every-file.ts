import { afterAll, beforeAll } from "vitest";
import { leftOpen, openResources } from "./open-resources.ts";
import { changesSince, type ProcessState, processState } from "./process-state.ts";
import { trackTimers } from "./tracked-timers.ts";

// Runs around every test file, which shares its process with others: what a test starts it stops, and what it changes it puts back.
// Rejections that nobody handles end a run of vitest as failed by themselves.

trackTimers();

let open: readonly string[] = [];
let state: ProcessState;

beforeAll(() => {
  open = openResources();
  state = processState();
});

afterAll(async () => {
  const left = await leftOpen(open);
  if (left.length > 0) throw new Error(`The tests of this file left open: ${left.join(", ")}`);
  const changed = changesSince(state);
  if (changed.length > 0) throw new Error(`The tests of this file left changed: ${changed.join(", ")}`);
});
