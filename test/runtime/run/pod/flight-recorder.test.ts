import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openTerminationLog, startFlightRecorder } from "../../../../runtime/run/pod/flight-recorder.ts";
import type { Report } from "../../../../runtime/run/report/report.ts";
import { project } from "../../../support/project.ts";
import { manualClock } from "../output/manual-clock.ts";
import { sampleReport } from "../report/sample-report.ts";

function begin(store?: { replace(text: string): void }) {
  const clock = manualClock();
  const texts: string[] = [];
  const errors: unknown[] = [];
  let report: Report = { ...sampleReport, outcome: "running", progress: 0 };
  const recorder = startFlightRecorder({
    read: () => report,
    clock,
    store: store ?? { replace: (text) => texts.push(text) },
    onError: (error) => errors.push(error),
  });
  const progress = (value: number) => {
    report = { ...report, progress: value };
    recorder.touch();
  };
  const written = () => texts.map((text) => (JSON.parse(text) as Report).progress);
  return { clock, recorder, progress, written, texts, errors };
}

describe("startFlightRecorder", () => {
  it("stores a first report at the start", () => {
    expect(begin().written()).toStrictEqual([0]);
  });

  it("stores at most one report per interval, the latest", () => {
    const { clock, progress, written } = begin();
    for (let step = 1; step <= 30; step += 1) {
      progress(step);
      clock.advance(100);
    }
    expect(written()).toStrictEqual([0, 10, 20, 30]);
  });

  it("stores a report at once after a quiet interval", () => {
    const { clock, progress, written } = begin();
    clock.advance(5_000);
    progress(1);
    expect(written()).toStrictEqual([0, 1]);
  });

  it("stores nothing without changes", () => {
    const { clock, texts } = begin();
    clock.advance(60_000);
    expect(texts).toHaveLength(1);
  });

  it("stores the final report and stops", () => {
    const { clock, recorder, progress, texts } = begin();
    recorder.finish(sampleReport);
    progress(9);
    clock.advance(60_000);
    expect(texts.map((text) => (JSON.parse(text) as Report).outcome)).toStrictEqual(["running", "succeeded"]);
    expect(clock.pending).toBe(0);
  });

  it("shortens a report larger than a termination message", () => {
    const { recorder, texts } = begin();
    recorder.finish({ ...sampleReport, result: "x".repeat(10_000) });
    expect(JSON.parse(texts.at(-1) ?? "")).toMatchObject({ outcome: "succeeded", dropped: ["result"] });
  });

  it("reports a failed write once and does not throw", () => {
    const full = new Error("ENOSPC");
    const { clock, recorder, progress, errors } = begin({
      replace: () => {
        throw full;
      },
    });
    clock.advance(3_000);
    progress(1);
    recorder.finish(sampleReport);
    expect(errors).toStrictEqual([full]);
  });
});

let folder: string;

beforeEach(() => {
  folder = project();
});
describe("openTerminationLog", () => {
  it("replaces a longer text by a shorter one as valid JSON", () => {
    const path = join(folder, "log");
    writeFileSync(path, "what an attempt before has left, which may be longer than this one");
    const log = openTerminationLog(path);
    log.replace('{"progress":"a long é text"}');
    expect(JSON.parse(readFileSync(path, "utf8"))).toStrictEqual({ progress: "a long é text" });
    log.replace('{"a":1}');
    expect(JSON.parse(readFileSync(path, "utf8"))).toStrictEqual({ a: 1 });
  });

  it("leaves only the last text when finished", () => {
    const path = join(folder, "log");
    const log = openTerminationLog(path);
    log.replace('{"progress":"long"}');
    log.replace("{}");
    log.finish();
    expect(readFileSync(path, "utf8")).toBe("{}");
  });

  it("throws if the folder does not exist", () => {
    expect(() => openTerminationLog(join(folder, "none", "log"))).toThrow("ENOENT");
  });
});
