// Figures of the hub's archive: how large it is, and how long each page takes, from 1,000 runs to 100,000. npm run bench:hub

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Archive, openArchive } from "../../deploy/hub/archive/archive.ts";
import { archiveSource } from "../../deploy/hub/archive/archive-source.ts";
import { LogTail } from "../../deploy/hub/archive/kept-log.ts";
import { hubApp } from "../../deploy/hub/serve/hub-app.ts";
import { cronJobFixture } from "../deploy/diagnose/why/snapshot-fixture.ts";
import { keptRun } from "../deploy/hub/archive/runs.ts";

const SIZES = [1_000, 10_000, 100_000];
const JOBS = 200;
const LOG_LINES = 60;
const TRIES = 7;
const NOW = new Date("2026-11-30T12:00:00Z");
const OUTCOMES = ["succeeded", "succeeded", "succeeded", "succeeded", "failed", "timedOut", "outOfMemory"] as const;

const PAGES: Readonly<Record<string, string>> = {
  jobs: "/jobs",
  "jobs, search": "/jobs?q=job-17",
  "one job": "/jobs/team-a/job-3",
  runs: "/runs",
  "runs, outcome": "/runs?outcome=failed",
  "runs, a day": "/runs?since=24h",
  "runs, by hand": "/runs?trigger=hand",
  "runs, a person": "/runs?by=ada",
  "runs, a parameter": "/runs?param=region%3Dr7",
  "runs, not recovered": "/runs?hide=recovered,dry",
  "a run with its log": "/runs/team-a/run-500",
};

function fill(archive: Archive, from: number, to: number): void {
  for (let index = from; index < to; index += 1) {
    const tail = new LogTail();
    for (let line = 0; line < LOG_LINES; line += 1) {
      tail.add(
        `{"time":"2026-11-30T12:00:00Z","level":"info","message":"deleted pod web-${index}-${line}","namespace":"team-a"}`,
      );
    }
    const run = keptRun({
      job: `job-${index % JOBS}`,
      run: `run-${index}`,
      startedAt: new Date(NOW.getTime() - index * 20_000).toISOString(),
      outcome: OUTCOMES[(index * 13) % OUTCOMES.length] ?? "failed",
      ...(index % 9 === 0 ? { trigger: "manual", triggeredBy: index % 2 === 0 ? "ada" : "bob" } : {}),
      dryRun: index % 50 === 0,
      mutations: { delete: { pods: index % 40 } },
      params: { region: `r${index % 20}`, olderThan: "2h" },
      report: { result: { deleted: Array.from({ length: 10 }, (_, pod) => `web-${index}-${pod}`) } },
    });
    archive.keepRun(run, new Map([[1, tail.end()]]));
  }
}

/** The median of some tries, in milliseconds of CPU: nothing of a page waits for anything but this process, and a busy machine is no slower by it. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const start = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1_000);
  }
  return times.toSorted((left, right) => left - right)[Math.floor(TRIES / 2)] ?? 0;
}

const folder = mkdtempSync(join(tmpdir(), "errand-bench-"));
const path = join(folder, "hub.db");
try {
  using archive = openArchive(path, { now: () => NOW });
  for (let job = 0; job < JOBS; job += 1) {
    archive.keepJob(
      "errand",
      cronJobFixture({}, { metadata: { name: `job-${job}`, namespace: "team-a", uid: `cron-${job}` } }),
    );
  }
  const app = hubApp(
    (namespace) => archiveSource(archive, { namespace, clock: () => NOW }),
    () => ({}),
  );
  const get = async (page: string) => {
    const response = await app.request(`http://localhost${page}`, {
      headers: { host: "localhost", accept: "text/html" },
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${page}: ${response.status} ${text.slice(0, 300)}`);
  };
  const rows: Record<string, Record<string, string>> = {};
  let filled = 0;
  for (const size of SIZES) {
    const begun = performance.now();
    fill(archive, filled, size);
    const keepMs = (performance.now() - begun) / (size - filled);
    filled = size;
    archive.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const column = `${size.toLocaleString("en")} runs`;
    const note = (name: string, text: string) => {
      rows[name] = { ...rows[name], [column]: text };
    };
    note("file", `${(statSync(path).size / 2 ** 20).toFixed(0)} MiB`);
    note("to keep one run", `${keepMs.toFixed(2)} ms`);
    for (const [name, page] of Object.entries(PAGES)) note(name, `${(await timeOf(() => get(page))).toFixed(1)} ms`);
    note("memory", `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
  }
  console.table(rows);
} finally {
  rmSync(folder, { recursive: true });
}
