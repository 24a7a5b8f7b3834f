import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FATAL_EXIT_CODE, OUTCOMES } from "../../../../runtime/run/report/outcome.ts";

const THE_JOB = {
  none: "is complete",
  count: "counts and retries it",
  failJob: "ends at once",
  ignore: "replaces the pod, uncounted",
} as const;

const readme = readFileSync(new URL("../../../../runtime/README.md", import.meta.url), "utf8");
const rows = Object.entries(OUTCOMES);

describe("OUTCOMES", () => {
  it("has an exit code of its own for each outcome when they are compared, FatalError's included", () => {
    const codes = [...rows.map(([, row]) => row.exitCode), FATAL_EXIT_CODE];
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each(rows.filter(([, row]) => row.saidBy === "runtime"))(
    "is what the documentation says when it tells of %s",
    (outcome, row) => {
      expect(readme).toContain(`| \`${outcome}\` | ${row.exitCode} | ${THE_JOB[row.podFailure]} | ${row.meaning} |\n`);
    },
  );

  it.each(rows.filter(([, row]) => row.saidBy === "reader"))(
    "is named in the documentation when a reader says %s",
    (outcome) => {
      expect(readme).toContain(`\`${outcome}\``);
    },
  );
});
