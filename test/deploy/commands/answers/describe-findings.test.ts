import { describe, expect, it } from "vitest";
import { describeAccess, describeWhy } from "../../../../deploy/commands/answers/describe-findings.ts";
import { reportFixture } from "../../runs/history/run-fixture.ts";

describe("describeWhy", () => {
  it("keeps each piece of evidence on one line", () => {
    const schedule = {
      cause: "paused",
      what: "it is paused",
      evidence: ["one\n  two"],
      next: "errand resume",
    } as const;
    expect(describeWhy({ job: "sweep", schedule })).toBe(
      "sweep: it is paused\nbecause    one two\ndo         errand resume",
    );
  });

  it("says that nothing is wrong when no cause was found", () => {
    const record = { phase: "finished", report: reportFixture("succeeded") } as const;
    expect(describeWhy({ job: "sweep", run: { name: "sweep-kt2c4", record } })).toBe(
      "sweep-kt2c4: succeeded; nothing is wrong",
    );
  });
});

describe("describeAccess", () => {
  it("shows each difference, and as unknown what could not be checked", () => {
    const row = {
      resource: "pods",
      namespace: "shop",
      declared: ["list"],
      granted: [],
      allowed: null,
      used: { delete: 7 },
    };
    expect(
      describeAccess({ serviceAccount: "shop/sweep", declaredIn: "deployed", rows: [row], notes: [] }).split("\n"),
    ).toEqual([
      "RESOURCE   IN     DECLARED   ROLE   ALLOWED   CHANGED BY RUNS   DIFFERENCE",
      "pods       shop   list       -      ?         delete 7          lacks list",
    ]);
  });
});
