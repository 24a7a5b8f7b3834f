import { describe, expect, it } from "vitest";
import type { JudgedJob, JudgedRun, RuleName, Verdict } from "../../../../deploy/hub/alerts/judged.ts";
import { judge } from "../../../../deploy/hub/alerts/rules.ts";
import type { AlertRules } from "../../../../runtime/job/alerts.ts";
import { hourly, jobOf, MINUTE_MS, runAt, times } from "./history.ts";

const ok = {};
const failed = { outcome: "failed", message: "no such bucket" };

/** What a rule says half an hour after the last run began. */
function verdictOf(
  rule: RuleName,
  runs: readonly JudgedRun[],
  job: JudgedJob = jobOf(),
  now = afterLast(runs),
): Verdict {
  const found = judge(job, runs, [], now).find((verdict) => verdict.rule === rule);
  if (found === undefined) throw new Error(`no verdict by ${rule}`);
  return found;
}

function afterLast(runs: readonly JudgedRun[]): Date {
  return new Date(Math.max(0, ...runs.map(({ startedAt }) => startedAt.getTime())) + 30 * MINUTE_MS);
}

/** `wrong: words`, `well: words` or `unknown`. */
function said(verdict: Verdict): string {
  return verdict.state === "unknown" ? "unknown" : `${verdict.state}: ${verdict.words}`;
}

type Row = [when: string, runs: readonly JudgedRun[], expected: string, alerts?: AlertRules | false];

function table(rule: RuleName, rows: readonly Row[]): void {
  it.each<Row>([...rows])("%s", (...[, runs, expected, alerts]) => {
    expect(said(verdictOf(rule, runs, jobOf(alerts)))).toBe(expected);
  });
}

describe("failures", () => {
  table("failures", [
    ["says nothing without runs", [], "unknown"],
    ["is well after a success", hourly(failed, ok), "well: It succeeded after 1 min."],
    ["opens with the first failure", hourly(ok, failed), "wrong: Failed after 1 min"],
    ["says how the run ended", hourly(ok, { outcome: "outOfMemory" }), "wrong: Ran out of memory after 1 min"],
    ["needs no duration for a run that never started", hourly(ok, { outcome: "neverStarted" }), "wrong: Never started"],
    ["counts failures in a row", hourly(ok, failed, failed, failed), "wrong: Failed 3 times in a row"],
    [
      "says how the last one ended",
      hourly(ok, failed, { outcome: "timedOut" }),
      "wrong: Failed 2 times in a row; the last run timed out",
    ],
    [
      "waits for as many as it was told",
      hourly(ok, failed, failed),
      "well: It succeeded after 1 min.",
      { failures: 3 },
    ],
    ["knows too little to end an incident", hourly(failed, failed), "unknown", { failures: 3 }],
    ["opens with as many", hourly(ok, failed, failed, failed), "wrong: Failed 3 times in a row", { failures: 3 }],
    ["passes over dry runs", hourly(failed, { isDryRun: true }), "wrong: Failed after 1 min"],
    ["passes over failed dry runs", hourly(ok, { ...failed, isDryRun: true }), "well: It succeeded after 1 min."],
    ["passes over what a person cancelled", hourly(ok, { outcome: "cancelled" }), "well: It succeeded after 1 min."],
    ["passes over what nobody owns", hourly(ok, { outcome: "foreign" }), "well: It succeeded after 1 min."],
    ["passes over a run that goes on", hourly(failed, { outcome: "running" }), "wrong: Failed after 1 min"],
    ["is well where it is turned off", hourly(failed), "well: The rule was turned off.", { failures: false }],
    ["is well where all are turned off", hourly(failed), "well: The rule was turned off.", false],
  ]);

  it("use the run that ended last if runs overlap", () => {
    const runs = [runAt("2026-03-02T00:00Z", { ...failed, minutes: 30 }), runAt("2026-03-02T00:10Z", { minutes: 1 })];
    expect(said(verdictOf("failures", runs))).toBe("wrong: Failed after 30 min");
  });

  it("are keyed by the first failed run, and show the error of the last", () => {
    const verdict = verdictOf("failures", hourly(ok, { outcome: "failed", message: "first" }, failed));
    expect(verdict).toMatchObject({
      run: `sweep-${Date.UTC(2026, 2, 2, 1) / MINUTE_MS}`,
      since: new Date("2026-03-02T01:01:00Z"),
      lastAt: new Date("2026-03-02T02:01:00Z"),
      wellAt: new Date("2026-03-02T00:01:00Z"),
      count: 2,
      evidence: "no such bucket",
      nextStep: `errand why sweep-${Date.UTC(2026, 2, 2, 2) / MINUTE_MS} -n team-a`,
    });
  });
});

describe("longerThan", () => {
  const usual = times(6, { minutes: 10 });
  table("longerThan", [
    ["is well after a run of usual length", hourly(...usual), "well: It took 10 min."],
    ["allows three times as much as usual", hourly(...usual, { minutes: 29 }), "well: It took 29 min."],
    [
      "opens for a run that took longer",
      hourly(...usual, { minutes: 31 }),
      "wrong: Took 31 min; it usually takes 10 min",
    ],
    ["never opens below ten minutes", hourly(...times(6, { minutes: 1 }), { minutes: 9 }), "well: It took 9 min."],
    [
      "does not know what is usual from four runs",
      hourly(...times(4, { minutes: 10 }), { minutes: 600 }),
      "well: It took 10 h.",
    ],
    ["opens after a day all the same", hourly({ minutes: 1_500 }), "wrong: Took 1 d 1 h"],
    [
      "goes by a bound of its own",
      hourly(ok, { minutes: 6 }),
      "wrong: Took 6 min; it may take 5 min",
      { longerThan: "5m" },
    ],
    [
      "opens while the run goes on",
      hourly(...usual, { outcome: "running" }),
      "wrong: Has been running for 30 min; it may take 5 min",
      { longerThan: "5m" },
    ],
    [
      "does not count the time in which a run waits for its pod",
      hourly(...usual, { outcome: "running", isWaiting: true }),
      "well: It took 10 min.",
      { longerThan: "15m" },
    ],
    [
      "is well where it is turned off",
      hourly({ minutes: 1_500 }),
      "well: The rule was turned off.",
      { longerThan: false },
    ],
  ]);
});

describe("didNothing", () => {
  const busy = times(6, { changed: 40 });
  const idle = { changed: 0 };
  table("didNothing", [
    ["says nothing of a job that never did anything", hourly(...times(20, idle)), "unknown"],
    ["is well after a change", hourly(...busy), "well: It changed 40 objects."],
    ["allows four idle runs", hourly(...busy, ...times(4, idle)), "well: It changed 40 objects."],
    [
      "opens with the fifth",
      hourly(...busy, ...times(5, idle)),
      "wrong: Did nothing 5 times in a row; it used to change about 40 objects",
    ],
    [
      "says nothing of a job that often does nothing",
      hourly(...times(4, idle), ...busy.slice(0, 3), ...times(9, idle)),
      "unknown",
    ],
    [
      "passes over failures in between",
      hourly(...busy, ...times(4, idle), failed, idle),
      "wrong: Did nothing 5 times in a row; it used to change about 40 objects",
    ],
    [
      "goes by what results count where nothing is ever changed",
      hourly(...times(6, { changed: 0, counted: 7 }), ...times(5, { changed: 0, counted: 0 })),
      "wrong: Did nothing 5 times in a row; it used to find about 7 objects",
    ],
    ["says nothing of a CronJob that errand did not make", hourly(...times(20, ok)), "unknown"],
    [
      "goes by a number of its own",
      hourly(...busy, idle, idle),
      "wrong: Did nothing 2 times in a row; it used to change about 40 objects",
      { didNothing: 2 },
    ],
    [
      "is well where it is turned off",
      hourly(...busy, ...times(9, idle)),
      "well: The rule was turned off.",
      { didNothing: false },
    ],
  ]);
});

describe("changedMore", () => {
  const usual = times(6, { changed: 4 });
  table("changedMore", [
    ["is well after a usual run", hourly(...usual), "well: It changed 4 objects."],
    ["allows less than ten times as much", hourly(...usual, { changed: 39 }), "well: It changed 39 objects."],
    [
      "opens with ten times as much",
      hourly(...usual, { changed: 40 }),
      "wrong: Changed 40 objects; it usually changes 4",
    ],
    [
      "opens however the run ended",
      hourly(...usual, { ...failed, changed: 400 }),
      "wrong: Changed 400 objects; it usually changes 4",
    ],
    ["never opens below twenty", hourly(...times(6, { changed: 0 }), { changed: 19 }), "well: It changed 19 objects."],
    [
      "opens where it usually changes nothing",
      hourly(...times(6, { changed: 0 }), { changed: 20 }),
      "wrong: Changed 20 objects; it usually changes 0",
    ],
    [
      "does not know what is usual from four runs",
      hourly(...usual.slice(0, 4), { changed: 900 }),
      "well: It changed 900 objects.",
    ],
    ["says nothing of a CronJob that errand did not make", hourly(...times(20, ok)), "unknown"],
    [
      "goes by a factor of its own",
      hourly(...usual, { changed: 21 }),
      "wrong: Changed 21 objects; it usually changes 4",
      { changedMore: 2 },
    ],
  ]);
});

describe("faster", () => {
  const usual = times(6, { minutes: 20 });
  table("faster", [
    ["is well after a usual run", hourly(...usual), "well: It took 20 min."],
    [
      "opens with a tenth of the usual",
      hourly(...usual, { minutes: 2 }),
      "wrong: Succeeded after only 2 min; it usually takes 20 min",
    ],
    ["allows a little more", hourly(...usual, { minutes: 2.1 }), "well: It took 2 min 6 s."],
    ["passes over failures", hourly(...usual, { ...failed, minutes: 1 }), "well: It took 20 min."],
    [
      "says nothing where a minute is unusual",
      hourly(...times(6, { minutes: 0.9 }), { minutes: 0.01 }),
      "well: It took 0.6 s.",
    ],
    [
      "goes by a factor of its own",
      hourly(...usual, { minutes: 9 }),
      "wrong: Succeeded after only 9 min; it usually takes 20 min",
      { faster: 2 },
    ],
  ]);
});
