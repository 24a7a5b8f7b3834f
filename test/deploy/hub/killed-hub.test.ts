import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { openArchive } from "../../../deploy/hub/archive/archive.ts";
import { embeddedTarget } from "../release/embedded-target.ts";
import { hubFolder } from "./hub-process.ts";
import { errandCronJob, runObjects } from "./watch/scripted-runs.ts";

const KILLS = 50;
/** A hub takes a quarter of a second to start here: some are killed before they have seen anything, and most while they write. In milliseconds. */
const LIVES_MS = 900;
/** Jobs that the cluster keeps, as a CronJob's history limits do. */
const KEPT = 40;

it("after fifty kills during runs, the hub has every run that the cluster still knows once, with its log", {
  timeout: 240_000,
}, async () => {
  const { cluster, targetIn } = await embeddedTarget("shop");
  cluster.applyObjects([errandCronJob()]);
  const { start, database } = await hubFolder(cluster);
  const { jobs, pods } = targetIn("shop").client.kube.inNamespace("shop");
  const stop = new AbortController();
  const known: string[] = [];
  /** Runs begin and end all the time; of those that ended only the newest stay. */
  const come = async (): Promise<void> => {
    for (let index = 0; !stop.signal.aborted; index += 1) {
      const run = `sweep-${String(index).padStart(5, "0")}`;
      cluster.applyObjects(runObjects(run, "running"));
      known.push(run);
      await sleep(20);
      for (let line = 0; line < 50; line += 1) cluster.logs.append(`pod-${run}`, `${run} line ${line}`);
      cluster.applyObjects(runObjects(run, index % 7 === 0 ? "failed" : "succeeded"));
      if (known.length <= KEPT) continue;
      const gone = known.shift() ?? "";
      await jobs.delete(gone);
      await pods.delete(`${gone}-x`);
    }
  };
  const coming = come();
  onTestFinished(async () => {
    stop.abort();
    await coming;
  });
  for (let kill = 0; kill < KILLS; kill += 1) {
    const hub = start();
    await sleep(Math.random() * LIVES_MS);
    await hub.kill("SIGKILL");
  }
  const hub = start();
  await hub.ready;
  stop.abort();
  await coming;
  using archive = openArchive(database);
  expect(archive.rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  const finals = () => new Set(archive.entries("WHERE is_final = 1").map(({ run }) => run));
  await expect.poll(() => known.filter((run) => !finals().has(run)), { timeout: 20_000 }).toEqual([]);
  const all = archive.entries("ORDER BY run");
  expect(new Set(all.map(({ run }) => run)).size).toBe(all.length);
  // Most of those that are gone from the cluster were seen in time; nothing else is known of any.
  expect(all.length).toBeGreaterThan(KEPT);
  for (const run of known) {
    const lines = archive.logs(`job-${run}`).get(1)?.lines;
    expect([run, lines?.length, lines?.[49]]).toEqual([run, 50, `${run} line 49`]);
  }
  for (const { run, outcome, message } of all) {
    // Between two kills it may find a Job whose pod is gone already: the collector deletes them one after the other.
    if (outcome === "lost")
      expect(message).toMatch(
        /^its (?:Job went while the hub was away|Job was deleted before|pod is gone, and its Job only says)/,
      );
    else expect([run, outcome]).toEqual([run, Number(run.slice(6)) % 7 === 0 ? "failed" : "succeeded"]);
  }
  await hub.kill("SIGTERM");
  expect(hub.child.exitCode).toBe(0);
});
