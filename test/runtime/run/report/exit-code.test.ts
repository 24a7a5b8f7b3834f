import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../../../../runtime/run/report/exit-code.ts";
import { FATAL_EXIT_CODE, OUTCOMES, type Outcome } from "../../../../runtime/run/report/outcome.ts";

describe("exitCodeOf", () => {
  it.each(Object.keys(OUTCOMES) as Outcome[])("is the table's when the outcome is %s", (outcome) => {
    expect(exitCodeOf({ outcome })).toBe(OUTCOMES[outcome].exitCode);
  });

  it("is 0 for nothing but succeeded when all outcomes are compared", () => {
    const codes = (Object.keys(OUTCOMES) as Outcome[]).filter((outcome) => exitCodeOf({ outcome }) === 0);
    expect(codes).toStrictEqual(["succeeded"]);
  });

  it("is the one that is not retried when the job threw FatalError", () => {
    expect(exitCodeOf({ outcome: "failed", error: { reason: "FatalError", message: "x" } })).toBe(FATAL_EXIT_CODE);
    expect(exitCodeOf({ outcome: "failed", error: { reason: "Error", message: "x" } })).toBe(OUTCOMES.failed.exitCode);
  });

  it("is that of a lost run when the report still says running", () => {
    expect(exitCodeOf({ outcome: "running" })).toBe(OUTCOMES.lost.exitCode);
  });
});
