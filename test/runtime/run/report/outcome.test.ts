import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { exitCodeOf, FATAL_EXIT_CODE, OUTCOMES, type Outcome } from "../../../../runtime/run/report/outcome.ts";

const THE_JOB = {
  none: "is complete",
  count: "counts and retries it",
  failJob: "ends at once",
  ignore: "replaces the pod, uncounted",
} as const;

const readme = readFileSync(new URL("../../../../runtime/README.md", import.meta.url), "utf8");
const rows = Object.entries(OUTCOMES);

describe("OUTCOMES", () => {
  it("have distinct exit codes, including FatalError's", () => {
    const codes = [...rows.map(([, row]) => row.exitCode), FATAL_EXIT_CODE];
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each(rows.filter(([, row]) => row.saidBy === "runtime"))("match the documentation of %s", (outcome, row) => {
    expect(readme).toContain(`| \`${outcome}\` | ${row.exitCode} | ${THE_JOB[row.podFailure]} | ${row.meaning} |\n`);
  });

  it.each(rows.filter(([, row]) => row.saidBy === "reader"))(
    "of the reader are in the documentation: %s",
    (outcome) => {
      expect(readme).toContain(`\`${outcome}\``);
    },
  );
});

describe("exitCodeOf", () => {
  it.each(Object.keys(OUTCOMES) as Outcome[])("is the table's for %s", (outcome) => {
    expect(exitCodeOf({ outcome })).toBe(OUTCOMES[outcome].exitCode);
  });

  it("is 0 only for succeeded", () => {
    const codes = (Object.keys(OUTCOMES) as Outcome[]).filter((outcome) => exitCodeOf({ outcome }) === 0);
    expect(codes).toStrictEqual(["succeeded"]);
  });

  it("is not retried after a FatalError", () => {
    expect(exitCodeOf({ outcome: "failed", error: { reason: "FatalError" } })).toBe(FATAL_EXIT_CODE);
    expect(exitCodeOf({ outcome: "failed", error: { reason: "Error" } })).toBe(OUTCOMES.failed.exitCode);
  });

  it("is that of a lost run if the report still says running", () => {
    expect(exitCodeOf({ outcome: "running" })).toBe(OUTCOMES.lost.exitCode);
  });
});
