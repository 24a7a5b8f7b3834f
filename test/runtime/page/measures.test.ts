import { describe, expect, it } from "vitest";
import { Memory, Requests } from "../../../runtime/page/measures.tsx";
import { sampleReport } from "../run/report/sample-report.ts";

const MEBIBYTE = 2 ** 20;

describe("Memory", () => {
  it("draws one line below its limit, and has the same numbers in a table", () => {
    const report = { ...sampleReport, memory: { everySeconds: 2, mebibytes: [64, 128, 96] } };
    const text = String(Memory({ report, limitBytes: 256 * MEBIBYTE, family: "kill" }));
    expect(text).toContain("the most in each 2.0 s; the dashed line is the limit");
    expect(text).toContain('class="limit l-kill" d="M0 3.4H960"');
    expect(text.match(/class="memory" d="M0 [\d.]+L480 [\d.]+L960 [\d.]+"/)).not.toBeNull();
    expect([...text.matchAll(/<td class="num">(\d+)<\/td>/g)].map(([, value]) => value)).toEqual(["64", "128", "96"]);
  });

  it("is empty for a run without duration", () => {
    expect(Memory({ report: sampleReport, limitBytes: undefined, family: "ok" })).toBeNull();
  });
});

describe("Requests", () => {
  it("has a row for each verb, resource and answer", () => {
    const requestCounts = { list: { pods: { 200: 1_200, none: 1 } } };
    const text = String(Requests({ report: { ...sampleReport, requests: 1_201, retries: 1, requestCounts } }));
    expect(text).toContain("1,201 requests, 1 retried");
    expect([...text.matchAll(/<td class="num">([^<]+)<\/td>/g)].map(([, value]) => value)).toEqual([
      "200",
      "1,200",
      "no answer",
      "1",
    ]);
  });
});
