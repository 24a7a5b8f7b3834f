import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ArchiveJudge } from "../../../deploy/hub/alerts/judge-archive.ts";
import { ALERT_TABLES } from "../../../deploy/hub/alerts/store.ts";
import { type Archive, openArchive } from "../../../deploy/hub/archive/archive.ts";
import { applyRetention } from "../../../deploy/hub/archive/retention.ts";
import { countRuns, hubMetrics, METRIC_TABLES } from "../../../deploy/hub/metrics.ts";
import type { CronJobObject } from "../../../deploy/runs/find-job.ts";
import { keptRun } from "./archive/runs.ts";

let now: Date;
let archive: Archive;

beforeEach(() => {
  now = new Date("2026-11-01T05:00:00Z");
  archive = openArchive(":memory:", { tables: [ALERT_TABLES, METRIC_TABLES], now: () => now });
  countRuns(archive);
  archive.keepJob("errand", {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { namespace: "team-a", name: "cleanup", uid: "c", resourceVersion: "1" },
    spec: { schedule: "0 6 * * *" },
  } as object as CronJobObject);
});

afterEach(() => archive[Symbol.dispose]());

const linesOf = (name: string) =>
  hubMetrics(archive)
    .split("\n")
    .filter((line) => line.startsWith(name));

describe("the hub's metrics", () => {
  it("count each run once, by outcome, without dry runs", () => {
    archive.keepRun(keptRun({ run: "a", outcome: "running" }));
    archive.keepRun(keptRun({ run: "a" }));
    archive.keepRun(keptRun({ run: "a" }));
    archive.keepRun(keptRun({ run: "b", outcome: "failed" }));
    archive.keepRun(keptRun({ run: "c", dryRun: true }));
    expect(linesOf("errand_job_runs_total")).toEqual([
      'errand_job_runs_total{namespace="team-a",errand_job="cleanup",outcome="failed"} 1',
      'errand_job_runs_total{namespace="team-a",errand_job="cleanup",outcome="succeeded"} 1',
    ]);
    expect(linesOf("errand_job_last_success")).toEqual([
      `errand_job_last_success_timestamp_seconds{namespace="team-a",errand_job="cleanup"} ${Date.parse("2026-11-01T06:00:02Z") / 1_000}`,
    ]);
  });

  it("count a run whose times cannot be read", () => {
    archive.keepRun(keptRun({ startedAt: "yesterday", finishedAt: "today", durationMs: Number.NaN }));
    expect(linesOf("errand_job_runs_total")).toHaveLength(1);
    expect(archive.entriesOf("team-a", "cleanup", 1)).toMatchObject([{ run: "cleanup-1", isFinal: true }]);
  });

  it("have a histogram whose buckets add up", () => {
    for (const [run, durationMs] of Object.entries({ a: 500, b: 1_000, c: 20_000, d: 1e9 })) {
      archive.keepRun(keptRun({ run, durationMs }));
    }
    const name = "errand_job_run_duration_seconds";
    const of = (le: string) => `${name}_bucket{namespace="team-a",errand_job="cleanup",le="${le}"}`;
    expect(linesOf(name)).toEqual(
      expect.arrayContaining([`${of("1")} 2`, `${of("15")} 2`, `${of("60")} 3`, `${of("14400")} 3`, `${of("+Inf")} 4`]),
    );
    expect(linesOf(`${name}_sum`)).toEqual([`${name}_sum{namespace="team-a",errand_job="cleanup"} 1000021.5`]);
  });

  it("do not go down when runs go", () => {
    for (const run of ["a", "b", "c"]) archive.keepRun(keptRun({ run }));
    applyRetention(archive, { count: 1 }, now);
    expect(linesOf("errand_job_runs_total")[0]).toMatch(/ 3$/);
  });

  it("say what is overdue, and what is wrong", () => {
    const judge = new ArchiveJudge(archive, { channels: ["ops"], now: () => now });
    judge.look();
    expect(linesOf("errand_job_overdue")).toEqual(['errand_job_overdue{namespace="team-a",errand_job="cleanup"} 0']);
    now = new Date("2026-11-01T06:30:00Z");
    judge.look();
    expect(linesOf("errand_job_overdue")).toEqual(['errand_job_overdue{namespace="team-a",errand_job="cleanup"} 1']);
    expect(linesOf("errand_job_incident_open")).toEqual([
      'errand_job_incident_open{namespace="team-a",errand_job="cleanup",rule="overdue"} 1',
    ]);
    expect(linesOf("errand_hub_messages_undelivered")).toEqual([
      'errand_hub_messages_undelivered{channel="ops",state="waiting"} 1',
    ]);
  });

  it("leave out jobs that are gone", () => {
    archive.keepRun(keptRun({ run: "a" }));
    archive.loseJob("team-a", "cleanup");
    expect(linesOf("errand_job")).toEqual([]);
  });
});
