import { describe, expect, it } from "vitest";
import { Run } from "../../../../runtime/run/lifecycle/run.ts";
import { type Job, setUp } from "./run-setup.ts";

describe("a job's metrics", () => {
  it("are those of the real run: a rehearsal's are thrown away", async () => {
    const seen: unknown[] = [];
    const fields: Partial<Job> = {
      limits: { delete: 5 },
      run: ({ metrics, dryRun }) => {
        metrics.counter("passes").add(1);
        seen.push([dryRun, run.metrics().map(({ samples }) => samples)]);
      },
    };
    const run = new Run(setUp(fields).options);
    await run.start();
    expect(seen).toEqual([
      [true, []],
      [false, [[[{}, 1]]]],
    ]);
    expect(run.metrics()).toMatchObject([{ name: "passes", type: "counter", samples: [[{}, 1]] }]);
  });
});
