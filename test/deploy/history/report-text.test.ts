import { describe, expect, it } from "vitest";
import { parseReport } from "../../../deploy/history/report-text.ts";
import { reportFixture } from "./run-fixture.ts";

describe("parseReport", () => {
  it("reads a report when spaces fill the rest of the file", () => {
    const report = reportFixture("running");
    expect(parseReport(`${JSON.stringify(report)}      `)).toEqual(report);
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
