import { setTimeout as sleep } from "node:timers/promises";

import { runningTimers } from "./tracked-timers.ts";

/** Resources that keep a process alive or would outlive their test: https://nodejs.org/api/process.html#processgetactiveresourcesinfo */
const COUNTED = /^(TCP|TLS|UDP|ProcessWrap|HTTP|Signal|FSEvent|StatWatcher)/;
/** Processes end a moment after their signal, and idle connections of `fetch` after four seconds; later on a slow machine. In milliseconds. */
const SETTLE_MS = Number(process.env.ERRAND_TEST_SETTLE_MS ?? 30_000);
const PAUSE_MS = 10;

/** The timers, sockets, servers and child processes that are open now, by their kind. */
export function openResources(): readonly string[] {
  const timers = Array.from({ length: runningTimers() }, () => "Timeout");
  return [...process.getActiveResourcesInfo().filter((kind) => COUNTED.test(kind)), ...timers];
}

/**
 * What is open now and was not before; what is just being closed is waited for.
 *
 * @param before what was open then
 * @param settleMs how long at most, in milliseconds
 */
export async function leftOpen(before: readonly string[], settleMs = SETTLE_MS): Promise<readonly string[]> {
  const deadline = performance.now() + settleMs;
  for (;;) {
    const left = [...openResources()];
    for (const kind of before) {
      const index = left.indexOf(kind);
      if (index >= 0) left.splice(index, 1);
    }
    if (left.length === 0 || performance.now() > deadline) return left;
    await sleep(PAUSE_MS);
  }
}
