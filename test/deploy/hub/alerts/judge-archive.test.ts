import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { thingsIn } from "../../../../deploy/hub/alerts/judge-archive.ts";
import { JudgedArchive } from "./archive-with-jobs.ts";

let hub: JudgedArchive;

beforeEach(() => {
  hub = new JudgedArchive(":memory:", { channels: ["ops", "team-a"], alwaysResolved: ["team-a"] });
  hub.cronJob({ alerts: '{"overdue":"5m"}' });
});

afterEach(() => hub[Symbol.dispose]());

describe("the messages about a job", () => {
  it("are one when it fails, and one when it recovers", () => {
    hub.run("01:00");
    hub.look("01:01");
    hub.run("02:00", { outcome: "failed", message: "no such bucket" });
    hub.look("02:01");
    hub.look("02:02");
    hub.run("03:00", { outcome: "failed" });
    hub.look("03:01");
    hub.run("04:00");
    hub.look("04:01");
    expect(hub.told()).toEqual([
      "opened: team-a/cleanup: Failed after 2.0 s",
      "resolved: team-a/cleanup is well again. It succeeded after 2.0 s. Before: failed 2 times in a row",
    ]);
    expect(hub.store.open()).toEqual([]);
    expect(hub.store.closed(10)).toMatchObject([{ rule: "failures", count: 2 }]);
  });

  it("are the same with a restart before each check", () => {
    for (const [hour, outcome] of (["succeeded", "failed", "failed", "succeeded"] as const).entries()) {
      hub.run(`0${hour}:00`, { outcome });
      hub.restart();
      hub.look(`0${hour}:01`);
      hub.restart();
      hub.look(`0${hour}:02`);
    }
    expect(hub.told().map((text) => text.split(":")[0])).toEqual(["opened", "resolved"]);
  });

  it("are about the run, not its attempts", () => {
    hub.run("01:00", { outcome: "waiting", reason: "BackOff", attempts: 1, isFinal: false });
    hub.look("01:01");
    hub.run("01:00", { outcome: "succeeded", attempts: 2 });
    hub.look("01:02");
    expect(hub.told()).toEqual([]);
  });

  it("report a missed start by the clock alone", () => {
    hub.run("01:00");
    hub.look("01:01");
    hub.look("02:04");
    expect(hub.told()).toEqual([]);
    hub.look("02:05");
    expect(hub.told()).toEqual(["opened: team-a/cleanup: No start since it was due at 02:00 UTC"]);
  });

  it("report a missed start whatever a Job is called", () => {
    hub.run("01:00");
    hub.look("01:01");
    hub.run("01:30", { run: "cleanup-99999999" });
    hub.look("02:05");
    expect(hub.told()).toEqual(["opened: team-a/cleanup: No start since it was due at 02:00 UTC"]);
  });

  it("do not report starts skipped by a pause, or those of a new schedule in the past", () => {
    hub.run("01:00");
    hub.look("01:01");
    hub.cronJob({ suspend: true });
    hub.look("03:30");
    hub.cronJob({ suspend: false });
    hub.look("03:40");
    hub.cronJob({ schedule: "15 * * * *" });
    hub.look("03:50");
    expect(hub.told()).toEqual([]);
    hub.look("04:25");
    expect(hub.told()).toEqual(["opened: team-a/cleanup: No start since it was due at 04:15 UTC"]);
  });

  it("report the hub's absence once, and no missed start", () => {
    hub.run("01:00");
    hub.look("01:01");
    hub.archive.beat();
    hub.now = new Date("2026-03-02T05:30:00Z");
    hub.archive.keepGap("its node was drained");
    hub.restart();
    hub.look("05:31");
    hub.restart();
    hub.look("05:32");
    expect(hub.told()).toEqual([
      "gap: The hub was away for 269 min until 2026-03-02 05:30 UTC: its node was drained. What was due meanwhile does not count as missed",
    ]);
  });

  it("do not report a gap of a few seconds", () => {
    hub.archive.beat();
    hub.now = new Date("2026-03-02T00:00:40Z");
    hub.archive.keepGap("a new hub was deployed");
    hub.look("00:01");
    expect(hub.told()).toEqual([]);
  });

  it("do not report runs from before the hub, until another one fails", () => {
    hub.run("00:00", { startedAt: "2026-03-01T23:00:00Z", run: "cleanup-1", outcome: "failed" });
    hub.look("00:30");
    expect(hub.told()).toEqual([]);
    expect(hub.store.open()).toMatchObject([{ rule: "failures", isTold: false }]);
    hub.run("01:00", { outcome: "failed" });
    hub.look("01:01");
    expect(hub.told()).toEqual(["opened: team-a/cleanup: Failed 2 times in a row"]);
  });

  it("go to the job's channels", () => {
    hub.cronJob({ alerts: '{"channels":["team-a","nobody"]}' });
    hub.run("01:00", { outcome: "failed" });
    hub.look("01:01");
    expect(hub.told("ops")).toEqual([]);
    expect(hub.told("team-a")).toHaveLength(1);
  });

  it("omit the recovery if turned off, except for alerts that must be resolved", () => {
    hub.cronJob({ alerts: '{"recovered":false}' });
    hub.run("01:00", { outcome: "failed" });
    hub.look("01:01");
    hub.run("02:00");
    hub.look("02:01");
    expect(hub.told("ops")).toHaveLength(1);
    expect(hub.told("team-a")).toHaveLength(2);
  });

  it("end with the job", () => {
    hub.run("01:00", { outcome: "failed" });
    hub.look("01:01");
    hub.archive.loseJob("team-a", "cleanup");
    hub.look("01:02");
    expect(hub.told().at(-1)).toMatch(/^resolved: team-a\/cleanup is well again. The job was removed/);
  });

  it("end where the hub no longer watches, and do not report missed starts there", () => {
    hub.run("01:00", { outcome: "failed" });
    hub.look("01:01");
    hub.now = new Date("2026-03-02T05:00:00Z");
    hub.judge.look(() => false);
    expect(hub.told().at(-1)).toMatch(/^resolved: team-a\/cleanup is well again. The hub no longer watches it/);
    expect(hub.told()).toHaveLength(2);
  });

  it("use the counts in results", () => {
    for (let hour = 1; hour <= 6; hour += 1) hub.run(`0${hour}:00`, { report: { result: { pods: ["a", "b"] } } });
    for (let hour = 10; hour <= 14; hour += 1) hub.run(`${hour}:00`, { report: { result: { pods: [] } } });
    hub.look("14:01");
    expect(
      hub.told().some((text) => text.endsWith("Did nothing 5 times in a row; it used to find about 2 objects")),
    ).toBe(true);
  });

  it("use the default rules if the annotation is invalid, which is reported once", () => {
    hub.cronJob({ alerts: '{"failures":"never"}' });
    hub.run("01:00", { outcome: "failed" });
    hub.look("01:01");
    hub.run("02:00", { outcome: "failed" });
    hub.look("02:01");
    expect(hub.told()).toHaveLength(1);
    expect(hub.problems).toEqual([
      "CronJob team-a/cleanup: its annotation errand/alerts is not used: alerts.failures: expected a whole number from 1 to 100, or false",
    ]);
  });

  it("are stored together with the incident or not at all", () => {
    hub.run("01:00", { outcome: "failed" });
    hub.archive.database.exec(
      "CREATE TEMP TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    hub.look("01:01");
    hub.look("01:02");
    expect(hub.problems).toEqual(["CronJob team-a/cleanup could not be judged, and is tried again: disk full"]);
    expect(hub.store.open()).toEqual([]);
    hub.archive.database.exec("DROP TRIGGER full");
    hub.look("01:03");
    expect(hub.told()).toHaveLength(1);
  });

  it("still come when another job cannot be judged", () => {
    hub.cronJob({ name: "a-broken", timeZone: "Nowhere/Land" });
    hub.run("01:00", { outcome: "failed" });
    hub.look("01:01");
    hub.look("01:02");
    expect(hub.told()).toEqual(["opened: team-a/cleanup: Failed after 2.0 s"]);
    expect(hub.problems).toHaveLength(1);
    expect(hub.problems[0]).toMatch(
      /^CronJob team-a\/a-broken could not be judged, and is tried again: .*Nowhere\/Land/,
    );
  });
});

describe("the count of things in a result", () => {
  it.each([
    [[1, 2], 2],
    [{ pods: ["a"], jobs: [], note: "x" }, 1],
    [{ checked: 4, deleted: 2 }, 6],
    [7, 7],
    ["text", undefined],
    [{}, undefined],
    [undefined, undefined],
    [{ pods: null }, undefined],
  ])("%j: %s", (result, expected) => expect(thingsIn(result)).toBe(expected));
});
