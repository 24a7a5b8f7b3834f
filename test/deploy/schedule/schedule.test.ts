import { describe, expect, it } from "vitest";
import {
  describeSchedule,
  findScheduleProblems,
  nextRuns,
  shortestIntervalMs,
} from "../../../deploy/schedule/schedule.ts";

describe("findScheduleProblems", () => {
  it("finds nothing without a schedule", () => expect(findScheduleProblems({})).toEqual([]));

  it("finds a schedule whose day does not exist", () => {
    expect(findScheduleProblems({ schedule: "0 0 31 2 *" })).toEqual([
      { field: "schedule", message: '"0 0 31 2 *" never occurs: there is no such day' },
    ]);
  });

  it("finds nothing wrong with 29 February", () => {
    expect(findScheduleProblems({ schedule: "0 0 29 2 *" })).toEqual([]);
  });

  it("finds a zone that does not exist", () => {
    expect(findScheduleProblems({ schedule: "@daily", timeZone: "Europe/Berlinn" })).toEqual([
      {
        field: "timeZone",
        message: '"Europe/Berlinn" is not a time zone; expected an IANA name such as Europe/Berlin',
      },
    ]);
  });
});

describe("nextRuns", () => {
  it("counts in the job's own zone when summer time begins in between", () => {
    const runs = nextRuns({ schedule: "0 9 * * *", timeZone: "Europe/Berlin" }, new Date("2026-03-28T00:00:00Z"), 2);
    expect(runs.map((run) => run.toISOString())).toEqual(["2026-03-28T08:00:00.000Z", "2026-03-29T07:00:00.000Z"]);
  });

  it("returns none when the job has no schedule", () => {
    expect(nextRuns({}, new Date(), 3)).toEqual([]);
  });
});

describe("shortestIntervalMs", () => {
  it.each([
    ["*/15 * * * *", 15 * 60_000],
    ["0 9,10 * * *", 3_600_000],
    ["0 0 1 * *", 28 * 86_400_000],
  ])("measures %s", (schedule, interval) => expect(shortestIntervalMs({ schedule })).toBe(interval));

  it("is undefined when there is no schedule", () => expect(shortestIntervalMs({})).toBeUndefined());
});

describe("describeSchedule", () => {
  it("puts a schedule into words", () => {
    expect(describeSchedule("*/15 * * * *")).toBe("Every 15 minutes");
  });
});
