import { describe, expect, it } from "vitest";
import {
  type Gap,
  type JudgedJob,
  type JudgedRun,
  readRules,
  type Verdict,
} from "../../../../deploy/hub/alerts/judged.ts";
import { judgeOverdue } from "../../../../deploy/hub/alerts/overdue.ts";
import { jobOf, runAt } from "./history.ts";

interface Case {
  readonly job?: Partial<JudgedJob>;
  readonly alerts?: Parameters<typeof jobOf>[0];
  readonly runs?: readonly JudgedRun[];
  readonly gaps?: readonly Gap[];
  readonly now: string;
}

function verdictOf({ job = {}, alerts, runs = [], gaps = [], now }: Case): Verdict {
  return judgeOverdue(jobOf(alerts, job), runs, gaps, new Date(now));
}

function said(given: Case): string {
  const verdict = verdictOf(given);
  return verdict.state === "unknown" ? "unknown" : `${verdict.state}: ${verdict.words}`;
}

const five = runAt("2026-03-02T05:00:00Z");
const since = (from: string) => ({ scheduledSince: new Date(from) });
const daily = { schedule: "0 6 * * *", timeZone: "Europe/Berlin", ...since("2026-03-01T12:00:00Z") };
const gap = (from: string, to: string): Gap => ({ from: new Date(from), to: new Date(to) });

describe("overdue", () => {
  it.each<[string, Case, string]>([
    [
      "is well as long as each start comes",
      { runs: [five], now: "2026-03-02T05:30Z" },
      "well: It starts on time again.",
    ],
    ["waits for the grace to pass", { runs: [five], now: "2026-03-02T06:09:59Z" }, "well: It starts on time again."],
    [
      "opens when the grace has passed, also if no controller does anything",
      { runs: [five], now: "2026-03-02T06:10Z" },
      "wrong: No start since it was due at 06:00 UTC",
    ],
    [
      "counts what was missed",
      { runs: [five], now: "2026-03-02T08:10Z" },
      "wrong: No start since it was due at 06:00 UTC; 3 starts missed",
    ],
    [
      "has a grace of its own",
      { alerts: { overdue: "30m" }, runs: [five], now: "2026-03-02T06:29Z" },
      "well: It starts on time again.",
    ],
    [
      "opens with that",
      { alerts: { overdue: "1m" }, runs: [five], now: "2026-03-02T06:01Z" },
      "wrong: No start since it was due at 06:00 UTC",
    ],
    [
      "says that a start came late",
      { runs: [five, runAt("2026-03-02T06:20Z", { due: new Date("2026-03-02T06:00Z") })], now: "2026-03-02T06:21Z" },
      "well: It started 20 min late.",
    ],
    [
      "is not put right by a run by hand",
      { runs: [five, runAt("2026-03-02T06:05Z", { due: undefined as never })], now: "2026-03-02T06:10Z" },
      "wrong: No start since it was due at 06:00 UTC",
    ],
    [
      "is not about a job that is paused",
      { job: { isPaused: true }, now: "2026-03-02T06:30Z" },
      "well: The job was paused.",
    ],
    ["counts from when it was resumed", { job: since("2026-03-02T06:05Z"), now: "2026-03-02T06:30Z" }, "unknown"],
    [
      "counts again after that",
      { job: since("2026-03-02T06:05Z"), now: "2026-03-02T07:30Z" },
      "wrong: No start since it was due at 07:00 UTC",
    ],
    [
      "is not about a job without a schedule",
      { job: { schedule: undefined as never }, now: "2026-03-02T06:30Z" },
      "well: The job has no schedule any more.",
    ],
    [
      "says nothing of a schedule that cannot be read",
      { job: { schedule: "@every 1h" }, now: "2026-03-02T06:30Z" },
      "unknown",
    ],
    ["is turned off", { alerts: { overdue: false }, now: "2026-03-02T06:30Z" }, "well: The rule was turned off."],
    [
      "leaves it to the length of runs where one overlaps",
      { runs: [runAt("2026-03-02T05:00Z", { outcome: "running" })], now: "2026-03-02T06:30Z" },
      "unknown",
    ],
    [
      "opens where overlaps are allowed",
      {
        job: { skipsOverlaps: false },
        runs: [runAt("2026-03-02T05:00Z", { outcome: "running" })],
        now: "2026-03-02T06:30Z",
      },
      "wrong: No start since it was due at 06:00 UTC",
    ],
    [
      "opens for a run whose pod does not start",
      {
        runs: [five, runAt("2026-03-02T06:00Z", { outcome: "running", isWaiting: true, message: "no node has room" })],
        now: "2026-03-02T06:10Z",
      },
      "wrong: Due at 06:00 UTC, and still waiting to start",
    ],
    [
      "takes the CronJob's own word for a start of which no run is kept",
      { job: { lastScheduled: new Date("2026-03-02T06:00Z") }, runs: [five], now: "2026-03-02T06:10Z" },
      "well: It starts on time again.",
    ],
  ])("%s", (_name, given, expected) => expect(said(given)).toBe(expected));

  it("is keyed by the first missed start", () => {
    expect(verdictOf({ runs: [five], now: "2026-03-02T08:30Z" })).toMatchObject({
      since: new Date("2026-03-02T06:00Z"),
      lastAt: new Date("2026-03-02T08:00Z"),
      count: 3,
      nextStep: "errand why sweep -n team-a",
    });
  });
});

describe("overdue while the hub was away", () => {
  const away = gap("2026-03-02T05:50Z", "2026-03-02T06:20Z");
  it.each<[string, Case, string]>([
    [
      "does not tell as missed what was due meanwhile",
      { runs: [five], gaps: [away], now: "2026-03-02T06:40Z" },
      "unknown",
    ],
    [
      "nor what was due just before",
      { runs: [five], gaps: [gap("2026-03-02T06:05Z", "2026-03-02T06:20Z")], now: "2026-03-02T06:40Z" },
      "unknown",
    ],
    [
      "tells of the next one",
      { runs: [five], gaps: [away], now: "2026-03-02T07:10Z" },
      "wrong: No start since it was due at 06:00 UTC; 2 starts missed",
    ],
    [
      "tells it where the CronJob itself says that nothing was started",
      { job: { lastScheduled: new Date("2026-03-02T05:00Z") }, runs: [five], gaps: [away], now: "2026-03-02T06:30Z" },
      "wrong: No start since it was due at 06:00 UTC",
    ],
    [
      "gives that its grace from when the hub is back",
      { job: { lastScheduled: new Date("2026-03-02T05:00Z") }, runs: [five], gaps: [away], now: "2026-03-02T06:29Z" },
      "unknown",
    ],
  ])("%s", (_name, given, expected) => expect(said(given)).toBe(expected));
});

describe("overdue at clock changes", () => {
  // Berlin skips 02:00 to 03:00 on 29 March, and has it twice on 25 October.
  const berlin = { schedule: "30 2 * * *", timeZone: "Europe/Berlin" };
  it.each<[string, Case, string]>([
    [
      "does not miss a start that the clock skips",
      { job: berlin, runs: [runAt("2026-03-28T01:30Z")], now: "2026-03-29T12:00Z" },
      "well: It starts on time again.",
    ],
    [
      "misses the one after it",
      { job: berlin, runs: [runAt("2026-03-28T01:30Z")], now: "2026-03-30T00:40Z" },
      "wrong: No start since it was due at 02:30 Europe/Berlin",
    ],
    [
      "misses the second of two starts",
      { job: berlin, runs: [runAt("2026-10-25T00:30Z")], now: "2026-10-25T01:40Z" },
      "wrong: No start since it was due at 02:30 Europe/Berlin",
    ],
    [
      "speaks in the zone of the job",
      { job: daily, now: "2026-03-02T05:10Z" },
      "wrong: No start since it was due at 06:00 Europe/Berlin",
    ],
    [
      "says the day where it was another",
      { job: daily, now: "2026-03-03T04:00Z" },
      "wrong: No start since it was due yesterday at 06:00 Europe/Berlin",
    ],
  ])("%s", (_name, given, expected) => expect(said(given)).toBe(expected));
});

describe("rules of a CronJob", () => {
  const defaults = readRules(undefined).rules;
  it.each([
    ["false", { failures: false, overdueMs: false }],
    [
      '{"failures":3,"overdue":"1h","channels":["team-a"]}',
      { failures: 3, overdueMs: 3_600_000, channels: ["team-a"] },
    ],
    ['{"didNothing":false}', { failures: 1, didNothing: false }],
  ])("are read from %s", (text, expected) => expect(readRules(text).rules).toMatchObject(expected));

  it("add to the hub's own", () => {
    expect(readRules('{"failures":3}', { failures: 2, didNothing: 9 }).rules).toMatchObject({
      failures: 3,
      didNothing: 9,
    });
    expect(readRules(undefined, { failures: 2 }).rules).toMatchObject({ failures: 2, didNothing: 5 });
    expect(readRules("false", { failures: 2 }).rules).toMatchObject({ failures: false });
  });

  it.each([
    ["no JSON", "{failures: 3}", "it is not JSON"],
    ["null", "null", "alerts: expected rules"],
    ["a list", "[]", 'alerts: expected rules, such as { failures: 3, overdue: "30m" }, or false for no alerts'],
    ["an unknown rule", '{"failure":3}', 'alerts.failure: unknown rule; did you mean "failures"?'],
    ["too large a number", '{"failures":1e9}', "alerts.failures: expected a whole number from 1 to 100, or false"],
    [
      "too short a grace",
      '{"overdue":"1ms"}',
      "alerts.overdue: expected a duration from 30s to 366d, such as 30m, or false",
    ],
    [
      "a channel that is no name",
      '{"channels":["<b>"]}',
      "alerts.channels: expected names of at most 20 of the hub's channels",
    ],
    ["a long text", JSON.stringify({ channels: Array(400).fill("team-a") }), "it is longer than 2048 characters"],
  ])("are the defaults for %s, so that no alert is silenced by mistake", (_name, text, problem) => {
    const read = readRules(text);
    expect(read.rules).toEqual(defaults);
    expect(read.problem).toContain(problem);
  });
});
