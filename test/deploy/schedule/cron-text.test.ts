import { describe, expect, it } from "vitest";
import { readCronText } from "../../../deploy/schedule/cron-text.ts";

describe("readCronText", () => {
  it.each([
    ["*/15 * * * *", "*/15 * * * *"],
    ["5/15 * * * *", "5-59/15 * * * *"],
    ["0 2 ? * MON-fri", "0 2 * * 1-5"],
    ["0,30 0-6/2 1 jan,JUL *", "0,30 0-6/2 1 1,7 *"],
    ["@daily", "@daily"],
  ])("reads %s as %s", (schedule, text) => expect(readCronText(schedule)).toEqual({ text }));

  it.each([
    ["* * * * * *", "five fields"],
    ["0 0 * * 7", '"7" is no weekday'],
    ["60 * * * *", '"60" is no minute; expected numbers from 0 to 59'],
    ["0 0 L * *", '"L" is no day of the month'],
    ["0 0 * * 5#3", '"5#3" is no weekday'],
    ["30-10 * * * *", '"30-10" is no minute'],
    ["*/0 * * * *", '"*/0" is no minute'],
    ["*-5 * * * *", '"*-5" is no minute'],
    ["0 0 * foo *", '"foo" is no month; expected numbers from 1 to 12 or names'],
    ["CRON_TZ=Europe/Berlin 0 0 * * *", "write it as timeZone"],
    ["@every 1h", "five fields"],
    ["", "five fields"],
  ])("refuses %s, as Kubernetes does, and says why", (schedule, message) => {
    expect(readCronText(schedule).problem).toContain(message);
  });
});
