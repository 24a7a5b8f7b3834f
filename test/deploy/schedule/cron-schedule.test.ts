import { describe, expect, it } from "vitest";
import { matchesDay, readCronSchedule } from "../../../deploy/schedule/cron-schedule.ts";

describe("readCronSchedule", () => {
  it.each([
    ["*/15 * * * *", "*/15 * * * *"],
    ["5/15 * * * *", "5/15 * * * *"],
    ["0 2 ? * MON-fri", "0 2 * * 1-5"],
    ["0,30 0-6/2 1 jan,JUL *", "0,30 0-6/2 1 1,7 *"],
    ["@daily", "0 0 * * *"],
    ["*/70 *-5 ,1, * *", "0 * 1 * *"],
  ])("reads %s as %s", (schedule, text) => expect(readCronSchedule(schedule)).toMatchObject({ text }));

  it.each([
    ["* * * * * *", "five fields"],
    ["0 0 * * 7", '"7" is not a valid weekday'],
    ["60 * * * *", '"60" is not a valid minute; expected numbers from 0 to 59'],
    ["0 0 L * *", '"L" is not a valid day of the month'],
    ["0 0 * * 5#3", '"5#3" is not a valid weekday'],
    ["30-10 * * * *", '"30-10" is not a valid minute'],
    ["*/0 * * * *", '"*/0" is not a valid minute'],
    ["0 0 * foo *", '"foo" is not a valid month; expected numbers from 1 to 12 or names'],
    ["CRON_TZ=Europe/Berlin 0 0 * * *", "set timeZone"],
    [", * * * *", '"," is not a valid minute'],
    ["@every 1h", "write the times"],
    ["", "five fields"],
  ])("says why it refuses %s", (schedule, problem) => {
    expect(readCronSchedule(schedule)).toEqual({ problem: expect.stringContaining(problem) });
  });

  it.each([
    ["0 0 1 * 1", true],
    ["0 0 */2 * 1", true],
    ["0 0 * * 1", false],
    ["0 0 */1 * 1", false],
    ["0 0 1,* * 1", false],
  ])("accepts either day when %s limits both: %s", (schedule, eitherDay) => {
    expect(readCronSchedule(schedule)).toMatchObject({ eitherDay });
  });
});

describe("matchesDay", () => {
  it("accepts a Monday that is not the first when both are limited", () => {
    const cron = readCronSchedule("0 0 1 * 1");
    if ("problem" in cron) throw new Error(cron.problem);
    expect(matchesDay(cron, { day: 5, weekday: 1 })).toBe(true);
    expect(matchesDay(cron, { day: 5, weekday: 2 })).toBe(false);
  });
});
