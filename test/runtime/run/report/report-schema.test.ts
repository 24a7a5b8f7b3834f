import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { OUTCOMES } from "../../../../runtime/run/report/outcome.ts";
import type { Report } from "../../../../runtime/run/report/report.ts";
import { shortenReport } from "../../../../runtime/run/report/shorten-report.ts";
import { run } from "../lifecycle/run-setup.ts";
import { sampleReport } from "./sample-report.ts";

const document = JSON.parse(
  readFileSync(new URL("../../../../runtime/run/report/report.schema.json", import.meta.url), "utf8"),
) as { properties: Record<string, { enum?: string[] }>; required: string[] };
const schema = z.fromJSONSchema(document as Parameters<typeof z.fromJSONSchema>[0]);

/** Every field of a report; a new one does not compile before it stands here, and then the schema must have it. */
const fields: Record<keyof Report, true> = {
  apiVersion: true,
  kind: true,
  job: true,
  namespace: true,
  revision: true,
  run: true,
  outcome: true,
  dryRun: true,
  startedAt: true,
  finishedAt: true,
  params: true,
  result: true,
  progress: true,
  mutations: true,
  rehearsal: true,
  http: true,
  cascades: true,
  plan: true,
  requests: true,
  retries: true,
  requestCounts: true,
  throttledMs: true,
  peakMemoryBytes: true,
  memory: true,
  node: true,
  error: true,
  warnings: true,
  dropped: true,
};

describe("report.schema.json", () => {
  it("has the fields and outcomes of a report", () => {
    expect(Object.keys(document.properties).sort()).toStrictEqual(Object.keys(fields).sort());
    expect(document.properties.outcome?.enum?.toSorted()).toStrictEqual([...Object.keys(OUTCOMES), "running"].sort());
  });

  it.each([...Object.keys(OUTCOMES), "running"])(
    "accepts a whole and a shortened report with outcome %s",
    (outcome) => {
      const error = { reason: "Forbidden", message: "m", hint: "h", stack: "    at run (job.ts:1:1)" };
      const whole = {
        ...sampleReport,
        outcome,
        error,
        rehearsal: { mutations: {} },
        plan: { changes: [] },
        requestCounts: { list: { pods: { 200: 3, none: 1 } } },
        memory: { everySeconds: 2, mebibytes: [60, 61] },
        warnings: ["w"],
      } as Report;
      expect(schema.safeParse(whole).error).toBeUndefined();
      const short = shortenReport({ ...whole, result: "x".repeat(9_000) });
      expect(short.dropped).toStrictEqual(["result"]);
      expect(schema.safeParse(short).error).toBeUndefined();
    },
  );

  it("accepts the report of a real run that succeeds or fails", async () => {
    const succeeded = await run({ run: () => ({ done: true }) });
    const failed = await run({
      run: () => {
        throw new Error("x");
      },
    });
    for (const report of [succeeded, failed]) {
      expect(schema.safeParse(JSON.parse(JSON.stringify(report))).error).toBeUndefined();
    }
  });

  it("accepts an older report with a code cache, which pods no longer have", () => {
    const node = { version: "v26.10.0", codeCache: "used" };
    expect(schema.safeParse({ ...sampleReport, node }).error).toBeUndefined();
  });

  it.each([
    ["a field is unknown", { ...sampleReport, resul: 1 }],
    ["the outcome is unknown", { ...sampleReport, outcome: "fine" }],
    ["a time is none", { ...sampleReport, startedAt: "yesterday" }],
    ["a count is none", { ...sampleReport, mutations: { delete: { pods: -1 } } }],
    ["the run has no attempt", { ...sampleReport, run: { id: "a", trigger: "manual" } }],
  ])("refuses a report if %s", (_what, report) => {
    expect(schema.safeParse(report).success).toBe(false);
  });

  it.each(document.required)("refuses a report without %s", (field) => {
    const rest = Object.fromEntries(Object.entries(sampleReport).filter(([name]) => name !== field));
    expect(schema.safeParse(rest).success).toBe(false);
  });
});
