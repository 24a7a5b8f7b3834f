import { describe, expect, it } from "vitest";
import type { ClientStats } from "../../../../runtime/kube/pipeline/stats.ts";
import { createRunRecord } from "../../../../runtime/run/lifecycle/run-record.ts";
import { systemClock } from "../../../../runtime/run/output/clock.ts";
import { createRedactor } from "../../../../runtime/run/output/redactor.ts";

const FACTS = {
  job: "sweep",
  namespace: "team-a",
  revision: "0123456789",
  identity: { id: "sweep-1", attempt: 1, trigger: "manual" },
  dryRun: false,
} as const;
const STATS: ClientStats = { requests: 3, retries: 1, throttledMs: 0, mutations: {}, warnings: [] };

function record() {
  return createRunRecord(FACTS, { clock: systemClock, redactor: createRedactor(), peakMemoryBytes: () => 1 });
}

describe("createRunRecord", () => {
  it("reports the throttled time of both passes, separately from retries [P6]", () => {
    const run = record();
    run.beginPass("rehearsal", { ...STATS, throttledMs: 1_200 });
    run.beginPass("main", { ...STATS, throttledMs: 300 });
    expect(run.report()).toMatchObject({ requests: 6, retries: 2, throttledMs: 1_500 });
  });

  it("omits the throttled time if there was none [P6]", () => {
    const run = record();
    run.beginPass("main", STATS);
    expect(run.report()).not.toHaveProperty("throttledMs");
  });
});
