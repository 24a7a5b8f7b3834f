import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { REPORT_SCHEMA } from "../../../../deploy/runs/history/report-schema.ts";
import { parseReport, readReport } from "../../../../deploy/runs/history/report-text.ts";
import { reportFixture } from "./run-fixture.ts";

describe("parseReport", () => {
  it("reads a report when spaces fill the rest of the file", () => {
    const report = reportFixture("running");
    expect(parseReport(`${JSON.stringify(report)}      `)).toEqual(report);
  });

  it("reads memory over time and requests by their answers, and refuses more than there can be", () => {
    const memory = (samples: number) => ({ everySeconds: 1, mebibytes: Array.from({ length: samples }, () => 7) });
    const report = reportFixture("succeeded", { memory: memory(60), requestCounts: { get: { pods: { "200": 3 } } } });
    expect(parseReport(JSON.stringify(report))).toEqual(report);
    expect(readReport(JSON.stringify({ ...report, memory: memory(61) }))?.problem).toMatch(
      /mebibytes is not a list of at most 60/,
    );
  });

  it.each([
    undefined,
    "",
    "node: bad option: --allow-net",
    '{"time":"2026-03-01T10:00:00Z","level":"info","message":"a log line"}',
    '{"apiVersion":"errand/v1","kind":"Report","outcome":"succ',
    '{"apiVersion":"errand/v1","kind":"Plan"}',
    '"errand/v1"',
  ])("gives nothing when the text is %j", (text) => expect(parseReport(text)).toBeUndefined());
});

describe("REPORT_SCHEMA", () => {
  it("is the published schema without its words", () => {
    const published = readFileSync(
      new URL("../../../../runtime/run/report/report.schema.json", import.meta.url),
      "utf8",
    );
    const words = ["$schema", "title", "description", "examples", "deprecated"];
    const isWord = (name: string, value: unknown) =>
      words.includes(name) && typeof (Array.isArray(value) ? "" : value) !== "object";
    const bare = JSON.parse(published, (_name, value) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).filter(([name, each]) => !isWord(name, each)))
        : value,
    );
    expect(REPORT_SCHEMA).toEqual(bare);
  });
});
