import { describe, expect, it } from "vitest";
import { describeClockChange, findClockChanges } from "../../../deploy/schedule/clock-changes.ts";

const FROM = new Date("2026-01-01T00:00:00Z");
const changesOf = (schedule: string, timeZone?: string) =>
  findClockChanges(timeZone === undefined ? { schedule } : { schedule, timeZone }, FROM);

describe("findClockChanges", () => {
  it("finds the run that is skipped in spring and the one that comes twice in autumn", () => {
    expect(changesOf("30 2 * * *", "Europe/Berlin")).toEqual([
      { date: "2026-03-29", times: ["02:30"], effect: "skipped", isOnClock: true },
      { date: "2026-10-25", times: ["02:30"], effect: "doubled", isOnClock: true },
    ]);
  });

  it("finds each reading of the clock when several are due", () => {
    expect(changesOf("*/20 1-3 * 10 *", "America/New_York")).toEqual([]);
    expect(changesOf("*/20 1 * * *", "America/New_York")).toEqual([
      { date: "2026-11-01", times: ["01:00", "01:20", "01:40"], effect: "doubled", isOnClock: true },
    ]);
  });

  it("finds what Kubernetes misses all day when the zone changes by half an hour", () => {
    expect(changesOf("15,45 2 * * *", "Australia/Lord_Howe")).toEqual([
      { date: "2026-04-05", times: ["02:15"], effect: "skipped", isOnClock: false },
      { date: "2026-10-04", times: ["02:15"], effect: "skipped", isOnClock: true },
    ]);
    expect(changesOf("0 5 * * *", "Australia/Lord_Howe").map(({ date, effect }) => `${effect} ${date}`)).toEqual([
      "skipped 2026-04-05",
      "skipped 2026-10-04",
    ]);
  });

  it("finds the run on a wrong weekday, and the skipped one, when a day has no midnight", () => {
    expect(changesOf("0 5 * * 4", "Africa/Cairo")).toEqual([
      { date: "2026-04-24", times: ["05:00"], effect: "added", isOnClock: false },
    ]);
    expect(changesOf("0 5 * * 5", "Africa/Cairo")).toEqual([
      { date: "2026-04-24", times: ["05:00"], effect: "skipped", isOnClock: false },
    ]);
  });

  it("counts a weekday or a day of the month when both are limited", () => {
    expect(changesOf("30 2 1 * 0", "Europe/Berlin").map(({ effect }) => effect)).toEqual(["skipped", "doubled"]);
    expect(changesOf("30 2 1 * 1", "Europe/Berlin")).toEqual([]);
  });

  it.each([
    ["every hour is due", "15 * * * *", "Europe/Berlin"],
    ["another hour is due", "30 4 * * *", "Europe/Berlin"],
    ["the zone never changes", "30 2 * * *", "Asia/Tokyo"],
    ["no zone is named", "30 2 * * *", undefined],
    ["it is a macro at midnight", "@daily", "Europe/Berlin"],
  ])("finds nothing when %s", (_case, schedule, timeZone) => expect(changesOf(schedule, timeZone)).toEqual([]));
});

describe("describeClockChange", () => {
  it("says what the clock does", () => {
    const lost = { date: "2026-03-29", times: ["02:30"], effect: "skipped", isOnClock: true } as const;
    expect(describeClockChange(lost, "Europe/Berlin")).toBe(
      "on 2026-03-29 the clock of Europe/Berlin skips 02:30: no run",
    );
    const times = ["01:00", "01:20", "01:40"];
    const twice = { date: "2026-11-01", times, effect: "doubled", isOnClock: true } as const;
    expect(describeClockChange(twice, "America/New_York")).toBe(
      "on 2026-11-01 the clock of America/New_York shows 01:00 and 2 more times up to 01:40 twice: two runs",
    );
  });

  it("says what Kubernetes does when the clock itself is not the cause", () => {
    const added = { date: "2026-04-24", times: ["05:00"], effect: "added", isOnClock: false } as const;
    expect(describeClockChange(added, "Africa/Cairo")).toBe(
      "on 2026-04-24 Kubernetes also triggers a run at 05:00: it miscounts when the clock of Africa/Cairo changes",
    );
  });
});
