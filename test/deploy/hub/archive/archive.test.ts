import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Archive, openArchive } from "../../../../deploy/hub/archive/archive.ts";
import { LOG_BYTES_MAX, LogTail } from "../../../../deploy/hub/archive/kept-log.ts";
import { applyRetention, usedBytes } from "../../../../deploy/hub/archive/retention.ts";
import { keptRun } from "./runs.ts";

const NOW = new Date("2026-11-30T12:00:00Z");
let folder: string;
let archive: Archive;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "errand-archive-"));
  archive = openArchive(join(folder, "hub.db"), { now: () => NOW });
});

afterEach(() => {
  archive[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** Says that it is there, waits until all are, and opens the file. */
const OPENER = `
  const { parentPort, workerData: { opening, path } } = require("node:worker_threads");
  import(${JSON.stringify(new URL("../../../../deploy/hub/archive/schema.ts", import.meta.url).href)}).then(({ openDatabase }) => {
    parentPort.postMessage("there");
    Atomics.wait(new Int32Array(opening), 0, 0);
    try {
      openDatabase(path).close();
      parentPort.postMessage("opened");
    } catch (error) {
      parentPort.postMessage(error.message);
    }
  });`;

/** Holds the file for some time. */
const WRITER = `
  const { parentPort, workerData: { path } } = require("node:worker_threads");
  const database = new (require("node:sqlite").DatabaseSync)(path);
  database.exec("BEGIN IMMEDIATE; CREATE TABLE held (key TEXT)");
  parentPort.postMessage("holds");
  setTimeout(() => database.exec("COMMIT"), 100);`;

function reopened(): Archive {
  archive[Symbol.dispose]();
  archive = openArchive(join(folder, "hub.db"), { now: () => NOW });
  return archive;
}

function count(): number {
  return Number(archive.row("SELECT COUNT(*) AS count FROM runs")?.count);
}

function logOf(lines: readonly string[]) {
  const tail = new LogTail();
  for (const line of lines) tail.add(line);
  return tail.end();
}

describe("a kept run", () => {
  it("is stored once, however often it is kept", () => {
    archive.keepRun(keptRun({ outcome: "running" }));
    archive.keepRun(keptRun({ outcome: "running", durationMs: 9_000 }));
    archive.keepRun(keptRun());
    expect(archive.keepRun(keptRun())).toBe(false);
    expect(count()).toBe(1);
    expect(archive.entry("uid-cleanup-1")).toMatchObject({ outcome: "succeeded", isFinal: true, kind: "errand" });
  });

  it("stays unchanged once it is final", () => {
    archive.keepRun(keptRun());
    archive.keepRun(keptRun({ outcome: "failed" }), new Map([[1, logOf(["another"])]]));
    expect(archive.entry("uid-cleanup-1")?.outcome).toBe("succeeded");
    expect(archive.logs("uid-cleanup-1").size).toBe(0);
  });

  it("is distinguished by uid from one with the same name", () => {
    archive.keepRun(keptRun({ uid: "old", outcome: "failed" }));
    archive.keepRun(keptRun({ uid: "new", startedAt: "2026-11-02T06:00:00Z" }));
    expect(count()).toBe(2);
    expect(archive.uidOf("team-a", "cleanup-1")).toBe("new");
    expect(archive.uidOf("team-b", "cleanup-1")).toBeUndefined();
  });

  it("is read back completely, with its logs, from a reopened file", () => {
    const run = keptRun({ params: { phase: "Failed" }, report: { result: { deleted: ["a", "b"] } } });
    archive.keepRun(
      run,
      new Map([
        [1, logOf(["one"])],
        [2, logOf(["two", "three"])],
      ]),
    );
    expect(reopened().detail(run.uid)).toEqual(run.detail);
    expect([...archive.logs(run.uid)]).toEqual([
      [1, { lines: ["one"], leftOut: 0 }],
      [2, { lines: ["two", "three"], leftOut: 0 }],
    ]);
  });

  it("is kept although its times cannot be read", () => {
    archive.keepRun({
      ...keptRun(),
      detail: keptRun({ startedAt: "soon", finishedAt: "later", durationMs: 0 }).detail,
    });
    expect(archive.entry("uid-cleanup-1")).toMatchObject({ startedAt: "soon", isFinal: true });
  });

  it("is rolled back if a listener fails, with what the listener wrote", () => {
    archive.database.exec("CREATE TABLE told (uid TEXT)");
    archive.onRun((run, before) => {
      archive.run("INSERT INTO told VALUES (?)", run.uid);
      if (before !== undefined) throw new Error("no");
    });
    archive.keepRun(keptRun({ outcome: "running" }));
    expect(() => archive.keepRun(keptRun())).toThrow("no");
    expect(archive.entry("uid-cleanup-1")?.outcome).toBe("running");
    expect(archive.rows("SELECT * FROM told")).toHaveLength(1);
  });
});

describe("a failure after which the job succeeded", () => {
  const at = (day: number) => ({ run: `r${day}`, startedAt: `2026-11-0${day}T06:00:00Z` });
  const recovered = () => archive.rows("SELECT run FROM runs WHERE recovered = 1 ORDER BY run").map(({ run }) => run);

  it.each([
    ["first", [0, 1, 2]],
    ["last", [2, 1, 0]],
  ])("is marked if the success is kept last or %s", (_case, order) => {
    const runs = [keptRun({ ...at(1), outcome: "failed" }), keptRun(at(2)), keptRun({ ...at(3), outcome: "failed" })];
    for (const index of order) archive.keepRun(runs[index] ?? keptRun());
    expect(recovered()).toEqual(["r1"]);
  });

  it("is not marked after a success of a dry run or of another job", () => {
    archive.keepRun(keptRun({ ...at(1), outcome: "failed" }));
    archive.keepRun(keptRun({ ...at(2), dryRun: true }));
    archive.keepRun(keptRun({ ...at(3), job: "other" }));
    expect(recovered()).toEqual([]);
  });
});

describe("a log", () => {
  it("keeps its newest lines, and the number of dropped ones", () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index} ${"x".repeat(90)}`);
    const log = logOf(lines);
    expect(Buffer.byteLength(log.lines.join("\n"))).toBeLessThanOrEqual(LOG_BYTES_MAX);
    expect(log.lines).toEqual(lines.slice(-log.lines.length));
    expect(log.leftOut).toBe(10_000 - log.lines.length);
    expect(log.note).toBe(
      `The hub keeps the newest 256 KiB of a log: ${log.leftOut} lines before these were left out.`,
    );
  });

  it("keeps a part of an endless line", () => {
    const log = logOf(["x".repeat(5_000_000), "last"]);
    expect(log.lines.map(({ length }) => length)).toEqual([16 * 1_024 + 1, 4]);
    expect(log.note).toBe("1 lines are longer than 16384 characters and were cut.");
  });
});

describe("retention", () => {
  beforeEach(() => {
    for (let day = 1; day <= 20; day += 1) {
      const startedAt = `2026-11-${String(day).padStart(2, "0")}T06:00:00Z`;
      archive.keepRun(keptRun({ run: `r${day}`, startedAt, outcome: day === 3 ? "succeeded" : "failed" }));
    }
    archive.keepRun(keptRun({ job: "yearly", run: "y1", startedAt: "2026-01-01T06:00:00Z", outcome: "failed" }));
  });
  const kept = () => archive.rows("SELECT run FROM runs ORDER BY started_at DESC").map(({ run }) => run);

  it("deletes older runs, except a job's newest run and newest success", () => {
    expect(applyRetention(archive, { ageMs: 12 * 86_400_000 }, NOW)).toBe(17);
    expect(kept()).toEqual(["r20", "r19", "r3", "y1"]);
  });

  it("deletes the oldest of too many runs", () => {
    applyRetention(archive, { count: 5 }, NOW);
    expect(kept()).toEqual(["r20", "r19", "r18", "r3", "y1"]);
  });

  it("deletes the oldest runs, with their logs, if they take too many bytes", () => {
    for (let index = 0; index < 1_200; index += 1) {
      const startedAt = new Date(NOW.getTime() - index * 60_000).toISOString();
      const noise = logOf([randomBytes(2_000).toString("hex")]);
      archive.keepRun(keptRun({ run: `n${index}`, startedAt }), new Map([[1, noise]]));
    }
    const before = usedBytes(archive);
    applyRetention(archive, { bytes: before / 2 }, NOW);
    expect(usedBytes(archive)).toBeLessThanOrEqual(before / 2);
    expect(kept()[0]).toBe("n0");
    expect(archive.row("SELECT COUNT(*) AS count FROM logs")?.count).toBeLessThan(count());
    expect(archive.row("SELECT COUNT(*) AS count FROM bodies")?.count).toBe(count());
  });

  it("never deletes a run that is still active", () => {
    archive.keepRun(keptRun({ run: "long", startedAt: "2026-01-02T00:00:00Z", outcome: "running" }));
    applyRetention(archive, { ageMs: 1, count: 0 }, NOW);
    expect(kept()).toContain("long");
  });
});

describe("the file", () => {
  it("keeps tables of other modules, and runs each migration once", () => {
    const tables = { part: "alerts", steps: ["CREATE TABLE incidents (key TEXT)"] };
    openArchive(join(folder, "hub.db"), { tables: [tables] })[Symbol.dispose]();
    const more = { ...tables, steps: [...tables.steps, "ALTER TABLE incidents ADD COLUMN since INTEGER"] };
    using again = openArchive(join(folder, "hub.db"), { tables: [more] });
    again.run("INSERT INTO incidents (key, since) VALUES (?, ?)", "a", 1);
    expect(again.rows("SELECT * FROM incidents")).toEqual([{ key: "a", since: 1 }]);
  });

  it("can be opened by several hubs at once, also when it is new", async () => {
    const opening = new SharedArrayBuffer(4);
    const path = join(folder, "shared.db");
    const hubs = Array.from({ length: 4 }, () => new Worker(OPENER, { eval: true, workerData: { opening, path } }));
    await Promise.all(hubs.map((hub) => once(hub, "message")));
    const ends = hubs.map(async (hub) => (await once(hub, "message"))[0] as string);
    Atomics.store(new Int32Array(opening), 0, 1);
    Atomics.notify(new Int32Array(opening), 0);
    expect(await Promise.all(ends)).toEqual(hubs.map(() => "opened"));
    await Promise.all(hubs.map((hub) => hub.terminate()));
  });

  it("waits for another hub that is writing", async () => {
    const path = join(folder, "hub.db");
    const writer = new Worker(WRITER, { eval: true, workerData: { path } });
    await once(writer, "message");
    const waited = openArchive(path, { tables: [{ part: "later", steps: ["CREATE TABLE later (key TEXT)"] }] });
    waited[Symbol.dispose]();
    await writer.terminate();
  });

  it("is refused if a newer hub has written it", () => {
    archive.run("UPDATE parts SET steps = 99");
    expect(() => reopened()).toThrow("A newer hub has written this archive (archive: step 99, this hub knows 1)");
  });

  it("remembers when the first hub started", () => {
    archive[Symbol.dispose]();
    archive = openArchive(join(folder, "hub.db"), { now: () => new Date("2027-01-01T00:00:00Z") });
    expect(archive.cameAt).toEqual(NOW);
  });
});

describe("a gap", () => {
  it("lasts from the last heartbeat to now, and is found by a time in it", () => {
    let now = NOW;
    using hub = openArchive(":memory:", { now: () => now });
    hub.beat();
    now = new Date("2026-11-30T14:00:00Z");
    hub.keepGap("The hub was not running");
    now = new Date("2026-11-30T20:00:00Z");
    expect(hub.gaps()).toEqual([{ from: NOW, to: new Date("2026-11-30T14:00:00Z"), why: "The hub was not running" }]);
    expect(hub.gaps(new Date("2026-11-30T13:00:00Z"), new Date("2026-11-30T13:00:00Z"))).toHaveLength(1);
    expect(hub.gaps(new Date("2026-11-30T15:00:00Z"))).toEqual([]);
  });
});
