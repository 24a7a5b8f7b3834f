import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../../runtime/job/definition.ts";
import { OUTCOMES, type Outcome } from "../../../../runtime/run/report/outcome.ts";
import type { Report } from "../../../../runtime/run/report/report.ts";
import { shortenReport, TERMINATION_MESSAGE_BYTES } from "../../../../runtime/run/report/shorten-report.ts";
import { sampleReport } from "./sample-report.ts";

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** Any characters, lone surrogates too, from nothing to far more than fits. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.tuple(fc.string({ unit: "binary", maxLength: 4 }), fc.nat(3_000)).map(([part, times]) => part.repeat(times)),
  fc.constantFrom("\ud800".repeat(900), "\u0000".repeat(5_000), "é".repeat(4_000)),
);
const json = fc.oneof(fc.jsonValue() as fc.Arbitrary<Json>, text, fc.array(text, { maxLength: 4 }));
const name = fc.string({ maxLength: 253 });
const counts = fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.nat()));
const outcomes = [...(Object.keys(OUTCOMES) as Outcome[]), "running" as const];

const report: fc.Arbitrary<Report> = fc.record(
  {
    apiVersion: fc.constant("errand/v1" as const),
    kind: fc.constant("Report" as const),
    job: name,
    namespace: name,
    revision: name,
    run: fc.record({ id: name, attempt: fc.nat(), trigger: fc.constantFrom("schedule", "manual", "local") }),
    outcome: fc.constantFrom(...outcomes),
    dryRun: fc.boolean(),
    startedAt: fc.constant(sampleReport.startedAt),
    params: json,
    result: json,
    progress: json,
    mutations: counts,
    rehearsal: fc.record({ mutations: counts }),
    requests: fc.nat(),
    retries: fc.nat(),
    peakMemoryBytes: fc.nat(),
    error: fc.record({ reason: text, message: text, hint: text, stack: text }, { requiredKeys: ["reason", "message"] }),
    warnings: fc.array(text),
  },
  {
    requiredKeys: [
      "apiVersion",
      "kind",
      "job",
      "namespace",
      "revision",
      "run",
      "outcome",
      "dryRun",
      "startedAt",
      "mutations",
      "requests",
      "retries",
      "peakMemoryBytes",
    ],
  },
);

describe("shortenReport", () => {
  it("fits, stays JSON and keeps job, run and outcome for any report", () => {
    fc.assert(
      fc.property(report, fc.integer({ min: 3_072, max: 8_192 }), (whole, maxBytes) => {
        const short = JSON.parse(JSON.stringify(shortenReport(whole, maxBytes))) as Report;
        expect(bytesOf(short)).toBeLessThanOrEqual(maxBytes);
        expect([short.outcome, short.dryRun, short.run.attempt]).toStrictEqual([
          whole.outcome,
          whole.dryRun,
          whole.run.attempt,
        ]);
        if (short.dropped === undefined) expect(short).toStrictEqual(JSON.parse(JSON.stringify(whole)));
      }),
    );
  });

  it("keeps names whole", () => {
    const long = { ...sampleReport, job: "j".repeat(253), result: "x".repeat(9_000) };
    expect(shortenReport(long)).toMatchObject({ job: long.job, run: long.run, namespace: long.namespace });
  });

  it("returns a report that fits exactly unchanged, and shortens a larger one", () => {
    const room = TERMINATION_MESSAGE_BYTES - bytesOf({ ...sampleReport, result: "" });
    const exact = { ...sampleReport, result: "x".repeat(room) };
    expect(shortenReport(exact)).toBe(exact);
    expect(shortenReport({ ...exact, result: `${exact.result}x` }).dropped).toStrictEqual(["result"]);
  });

  it("drops the largest part first and no more than needed", () => {
    const whole = {
      ...sampleReport,
      params: "p".repeat(1_000),
      result: "r".repeat(3_000),
      progress: "g".repeat(2_000),
    };
    const short = shortenReport(whole);
    expect(short.dropped).toStrictEqual(["result"]);
    expect(short).toMatchObject({ params: whole.params, progress: whole.progress });
    expect("result" in short).toBe(false);
  });

  it("truncates the message at a character, keeping its beginning, as a last resort", () => {
    const message = `no pods: ${"😀".repeat(3_000)}`;
    const short = shortenReport({ ...sampleReport, outcome: "failed", error: { reason: "Error", message } });
    expect(short.dropped).toStrictEqual(["error.message"]);
    expect(short.error?.message).toMatch(/^no pods: (?:😀)+…$/u);
    expect(short.result).toStrictEqual(sampleReport.result);
  });

  it("counts bytes, not characters", () => {
    expect(shortenReport({ ...sampleReport, result: "é".repeat(2_000) }).dropped).toStrictEqual(["result"]);
  });
});
