import { afterAll, beforeAll } from "vitest";
import { leftOpen, openResources } from "./open-resources.ts";
import { changesSince, type ProcessState, processState } from "./process-state.ts";
import { trackTimers } from "./tracked-timers.ts";

// Runs around every test file, because files share a process: a test must stop what it starts, and restore what it changes.
// Unhandled rejections already make vitest fail.

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
