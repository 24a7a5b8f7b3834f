import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Archive, openArchive } from "../../../../deploy/hub/archive/archive.ts";
import { archiveSource } from "../../../../deploy/hub/archive/archive-source.ts";
import { LogTail } from "../../../../deploy/hub/archive/kept-log.ts";
import type { RunEntry, RunFilter, RunSource } from "../../../../deploy/source/run-source.ts";
import { selectRuns } from "../../../../deploy/source/select.ts";
import { cronJobFixture } from "../../diagnose/why/snapshot-fixture.ts";
import { keptRun } from "./runs.ts";

const NOW = new Date("2026-11-30T12:00:00Z");
let archive: Archive;
let source: RunSource;

beforeEach(() => {
  archive = openArchive(":memory:", { now: () => NOW });
  source = archiveSource(archive, { clock: () => NOW });
  onTestFinished(() => archive[Symbol.dispose]());
});

const OUTCOMES = ["succeeded", "failed", "outOfMemory", "succeeded", "limited", "succeeded"] as const;

/** Runs of several jobs with whatever filters ask for, in a random order. */
function manyRuns(): RunEntry[] {
  const runs = Array.from({ length: 120 }, (_, index) =>
    keptRun({
      namespace: index % 4 === 0 ? "team-b" : "team-a",
      job: `job-${index % 3}`,
      run: `run-${index}`,
      outcome: OUTCOMES[(index * 7) % OUTCOMES.length] ?? "failed",
      startedAt: new Date(NOW.getTime() - Math.floor(index / 2) * 3_600_000).toISOString(),
      dryRun: index % 11 === 0,
      trigger: index % 5 === 0 ? "manual" : "schedule",
      ...(index % 10 === 0 ? { retryOf: "run-1" } : {}),
      ...(index % 5 === 0 ? { triggeredBy: index % 2 === 0 ? "ada" : "bob" } : {}),
      params: {
        phase: index % 2 === 0 ? "Failed" : "Succeeded",
        tags: ["x", `t${index % 3}`],
        n: index % 4,
        long: "y".repeat(600),
      },
    }),
  );
  for (const run of runs.toSorted((left, right) => (left.uid < right.uid ? -1 : 1))) archive.keepRun(run);
  return runs
    .map(({ detail }) => detail.entry)
    .toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.run < b.run ? 1 : -1));
}

describe("runs of the archive", () => {
  const job = { namespace: "team-a", job: "job-1" };
  const filters: [string, RunFilter][] = [
    ["everything", { limit: 50 }],
    ["one job", { job, limit: 50 }],
    ["jobs of a name", { job: { job: "job-1" }, limit: 50 }],
    ["outcomes", { outcomes: ["failed", "limited"], limit: 7 }],
    ["a time", { since: new Date(NOW.getTime() - 20 * 3_600_000), limit: 50 }],
    ["those of the schedule", { trigger: "schedule", limit: 50 }],
    ["those by hand", { trigger: "hand", limit: 50 }],
    ["retries", { trigger: "retry", limit: 50 }],
    ["a person", { by: "ada", limit: 50 }],
    ["a parameter", { params: [{ name: "phase", value: "Failed" }], limit: 50 }],
    [
      "one of a list, and a number",
      {
        params: [
          { name: "tags", value: "t2" },
          { name: "n", value: "3" },
        ],
        limit: 50,
      },
    ],
    ["a long value", { params: [{ name: "long", value: "y".repeat(600) }], limit: 5 }],
    ["a value that none has", { params: [{ name: "phase", value: "failed" }], limit: 5 }],
    ["no dry runs", { hideDryRuns: true, limit: 50 }],
    ["no recovered failures", { hideRecovered: true, limit: 50 }],
    ["all at once", { job, outcomes: ["succeeded"], hideDryRuns: true, trigger: "schedule", since: new Date(0) }],
  ];

  it.each(filters)("are the same as in the live source for %s, page by page", async (_case, filter) => {
    const all = manyRuns();
    let after: { readonly live?: string; readonly kept?: string } = {};
    for (let page = 0; page < 40; page += 1) {
      const expected = selectRuns(all, { ...filter, ...(after.live === undefined ? {} : { after: after.live }) });
      const found = await source.runs({ ...filter, ...(after.kept === undefined ? {} : { after: after.kept }) });
      expect(found.entries).toEqual(expected.entries);
      expect([found.total, found.offset, found.outcomes]).toEqual([expected.total, expected.offset, expected.outcomes]);
      expect(found.after === undefined).toBe(expected.after === undefined);
      if (found.after === undefined) return;
      after = { ...(expected.after ? { live: expected.after } : {}), kept: found.after };
    }
    expect.unreachable();
  });

  it("are limited to its namespace, whatever a link requests", async () => {
    const all = manyRuns();
    const one = archiveSource(archive, { namespace: "team-b", clock: () => NOW });
    expect((await one.runs({})).entries).toEqual(all.filter(({ namespace }) => namespace === "team-b"));
    expect((await one.runs({ job })).entries).toEqual([]);
    const elsewhere = all.find(({ namespace }) => namespace === "team-a");
    expect(await one.run({ namespace: "team-a", run: elsewhere?.run ?? "" })).toBeUndefined();
  });

  it("start over if the last run of a page is gone", async () => {
    manyRuns();
    const { offset, entries } = await source.runs({ after: "gone", limit: 3 });
    expect([offset, entries.length]).toEqual([0, 3]);
  });

  it("report what may be missing: from before the hub, and from its absence", async () => {
    manyRuns();
    expect((await source.runs({})).missing).toBe(
      "The hub came on 2026-11-30, and has kept what the cluster still knew then.",
    );
    expect((await source.runs({ since: NOW })).missing).toBeUndefined();
    archive.run("UPDATE hub SET seen_at = ?", NOW.getTime() - 3_600_000);
    archive.keepGap("The hub was not running");
    expect((await source.runs({ since: NOW })).missing).toBe(
      "The hub was not running from 2026-11-30 11:00 UTC to 2026-11-30 12:00 UTC: runs of that time may be missing.",
    );
  });
});

describe("jobs of the archive", () => {
  const cronJob = (name: string, annotations = {}) =>
    cronJobFixture({}, { metadata: { name, namespace: "team-a", uid: `cron-${name}`, annotations } });

  it("are the deployed ones with their newest runs, those that need attention first", async () => {
    for (const name of ["alpha", "beta", "gone"]) archive.keepJob("errand", cronJob(name));
    archive.loseJob("team-a", "gone");
    archive.keepRun(keptRun({ job: "alpha", run: "a1" }));
    archive.keepRun(keptRun({ job: "beta", run: "b1", outcome: "failed", startedAt: "2026-11-01T07:00:00Z" }));
    archive.keepRun(keptRun({ job: "beta", run: "b2", outcome: "running", startedAt: "2026-11-30T11:59:00Z" }));
    const { entries, counts } = await source.jobs({});
    expect(counts).toEqual({ all: 2, attention: 2, running: 1, paused: 0 });
    expect(entries.map(({ job }) => job)).toEqual(["alpha", "beta"]);
    expect(entries[1]).toMatchObject({
      ...{ active: ["b2"], failuresInARow: 1, succeeded: 0, ended: 1, attention: "overdue" },
      recent: [{ run: "b1" }, { run: "b2", durationMs: 60_000 }],
    });
  });

  it("are updated when a run of theirs is kept", async () => {
    archive.keepJob("errand", cronJob("alpha"));
    archive.keepRun(keptRun({ job: "alpha", run: "a1", outcome: "failed" }));
    expect((await source.jobs({})).entries[0]?.failuresInARow).toBe(1);
    archive.keepRun(keptRun({ job: "alpha", run: "a2", startedAt: "2026-11-02T06:00:00Z" }));
    expect((await source.jobs({})).entries[0]).toMatchObject({
      failuresInARow: 0,
      lastSuccess: "2026-11-02T06:00:02.000Z",
    });
  });

  it("do not report a missed run while the hub cannot see the cluster", async () => {
    archive.keepJob("errand", cronJob("alpha"));
    expect((await source.jobs({})).entries[0]?.missedRun).toBeDefined();
    archive.run("UPDATE hub SET seen_at = ?", NOW.getTime() - 600_000);
    expect((await source.jobs({})).entries[0]?.missedRun).toBeUndefined();
  });

  it("have a page with their newest run", async () => {
    archive.keepJob("errand", cronJob("alpha"));
    archive.keepRun(keptRun({ job: "alpha", run: "a1" }));
    const job = await source.job({ namespace: "team-a", job: "alpha" });
    expect(job).toMatchObject({ concurrency: "Forbid", newest: { report: { run: { id: "a1" } } } });
    expect(await source.job({ namespace: "team-a", job: "nobody" })).toBeUndefined();
    expect((await source.run({ namespace: "team-a", job: "alpha" }))?.uid).toBe("uid-a1");
  });
});

describe("the log of a run of the archive", () => {
  const ref = { namespace: "team-a", run: "cleanup-1" };
  const kept = (...lines: readonly string[]) => {
    const tail = new LogTail();
    for (const line of lines) tail.add(line);
    return tail.end();
  };
  const linesOf = async (options = {}) => {
    const log = await source.log(ref, options);
    if (log === undefined) return undefined;
    const lines: string[] = [];
    for await (const line of log.lines) lines.push(line);
    return lines;
  };

  it("is that of the last attempt, or of another", async () => {
    const logs = new Map([
      [1, kept("first")],
      [2, kept("one", "two", "three")],
    ]);
    archive.keepRun(keptRun(), logs);
    expect(await linesOf()).toEqual(["one", "two", "three"]);
    expect(await linesOf({ tail: 2 })).toEqual(["two", "three"]);
    expect(await linesOf({ attempt: "previous" })).toEqual(["first"]);
    await expect(linesOf({ attempt: 3 })).rejects.toThrow("Run cleanup-1 has no attempt 3");
  });

  it("starts at the lines that are new enough", async () => {
    const line = (minutes: number) =>
      `{"time":"${new Date(NOW.getTime() - minutes * 60_000).toISOString()}","level":"info","message":"m${minutes}"}`;
    archive.keepRun(keptRun(), new Map([[1, kept(line(50), line(5), "by another library")]]));
    expect(await linesOf({ sinceMs: 600_000 })).toEqual([line(5), "by another library"]);
  });

  it("explains why it is not kept", async () => {
    archive.keepRun(keptRun());
    await expect(linesOf()).rejects.toThrow(
      "Log not kept: the hub came on 2026-11-30, when the pod of run cleanup-1 was gone",
    );
    archive.keepRun(keptRun({ run: "cleanup-2", startedAt: "2026-11-30T13:00:00Z" }));
    await expect(source.log({ ...ref, run: "cleanup-2" })).rejects.toThrow("was gone before the hub could read it");
    archive.keepRun(keptRun({ run: "cleanup-3", outcome: "running" }));
    await expect(source.log({ ...ref, run: "cleanup-3" })).rejects.toThrow(
      "The hub keeps the log of run cleanup-3 once it has ended",
    );
    expect(await source.log({ ...ref, run: "nobody" })).toBeUndefined();
  });
});

it("the source reports changes, batching concurrent ones", async () => {
  const stop = new AbortController();
  const changes = source.changes(stop.signal)[Symbol.asyncIterator]();
  const next = changes.next();
  archive.keepRun(keptRun());
  archive.keepRun(keptRun({ run: "cleanup-2" }));
  expect((await next).done).toBe(false);
  const end = changes.next();
  stop.abort();
  expect((await end).done).toBe(true);
});
