import type { Start } from "./ask-kubernetes.ts";

/** Every kind of schedule that Kubernetes takes. */
export const GOOD_SCHEDULES: readonly string[] = [
  ..."* * * * *|*/15 * * * *|*/7 * * * *|5/15 * * * *|0 * * * *|30 * * * *|0-10/5,50 * * * *|*/1 * * * *|*/70 * * * *".split(
    "|",
  ),
  ..."0 0 * * *|30 0 * * *|30 1 * * *|0 2 * * *|30 2 * * *|15 3 * * *|0 5 * * *|59 23 * * *|0 */6 * * *|20 1-4 * * *".split(
    "|",
  ),
  ..."0 0 * * 0|0 5 * * 0|0 5 * * 4|0 0 * * 5|30 5 * * fri,SAT|0 12 * * MON-Fri|0 9 * * 1-5/2|0 0 * * */2".split("|"),
  ..."0 0 1 * *|0 5 1 * *|0 3 31 * *|0 0 29 2 *|0 0 */2 * *|0 4 1,15 * *|0 0 ? * ?|0 0 28-31 FEB *|0 6 1 jan-Mar,oct *".split(
    "|",
  ),
  ..."0 0 1 * 1|0 5 */2 * 1|0 5 * * 0-6|0 5 1-31 * 3|0 7 13 * 5|0 0 */1 * 1|0 3 1-7 4,10 0".split("|"),
  ..."@yearly|@annually|@monthly|@weekly|@daily|@midnight|@hourly".split("|"),
  ..."*-5 3 * * *|1,,2 4 * * *|+5 6 * * *|05 06 * * *|\t0  8\u00a0* * * |0 0 30 2 *|0 0 31 4,6 *".split("|"),
];

/** What it refuses, and other parsers perhaps take. */
const BAD_SCHEDULES: readonly string[] = [
  ..."* * * *|* * * * * *|0 0 0 * * *|0 0 * * 7|0 0 * * 5-7|60 * * * *|0 24 * * *|0 0 0 * *|0 0 32 * *|0 0 * 0 *|0 0 * 13 *".split(
    "|",
  ),
  ..."0 0 L * *|0 0 LW * *|0 0 15W * *|0 0 * * 5L|0 0 * * 5#3|H * * * *|0 0 * foo *|0 0 * january *|0 jan * * *".split(
    "|",
  ),
  ..."30-10 * * * *|0 0 * * fri-mon|*/0 * * * *|*/-5 * * * *|*/x * * * *|5- * * * *|-5 * * * *|1-2-3 * * * *|1/2/3 * * * *".split(
    "|",
  ),
  ..."@Daily|@reboot|@every|@weekdays|@daily |99999999999999999999 * * * *|1.5 * * * *|1e1 * * * *|0x5 * * * *|** * * * *".split(
    "|",
  ),
  ..."TZ=Europe/Berlin 0 0 * * *|CRON_TZ=Europe/Berlin 0 0 * * *|TZ=|0 0 * * * # at night|0 0 * * *;|\ufeff0 8 * * *".split(
    "|",
  ),
  "",
];

/** Kubernetes takes these, and errand does not. */
const REFUSED_BY_US: readonly string[] = ["@every 1h", "@every 90s", ", * * * *", "0 , * * *"];

export const SCHEDULES: readonly string[] = [...GOOD_SCHEDULES, ...BAD_SCHEDULES, ...REFUSED_BY_US];

/** What Node calls a time zone by itself, and Kubernetes does not. https://github.com/unicode-org/icu/blob/main/icu4c/source/tools/tzcode/icuzones */
export const ZONES_OF_ICU: readonly string[] =
  "ACT|AET|AGT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST|US/Pacific-New|SystemV/AST4|SystemV/PST8PDT".split(
    "|",
  );

export const TIME_ZONES: readonly string[] = [
  ..."Etc/UTC|UTC|GMT|Europe/Berlin|Europe/Kyiv|Europe/Kiev|Asia/Kolkata|Asia/Calcutta|US/Pacific|EST5EDT|Etc/GMT+5".split(
    "|",
  ),
  ..."America/Port-au-Prince|America/Argentina/Buenos_Aires|Antarctica/DumontDUrville|NZ-CHAT|W-SU|GB-Eire|PRC".split(
    "|",
  ),
  ..."europe/berlin|EUROPE/BERLIN|Europe/berlin|utc|etc/UTC|US/pacific|us/Pacific|asia/Calcutta|iran|IRAN".split("|"),
  ..."IST|CST|JST|BST|PST|EST|MST|HST|AST|ACT|ECT|US/Pacific-New|SystemV/PST8PDT|Etc/Unknown|+01:00|GMT+5|GMT0".split(
    "|",
  ),
  ..."Local|local|+02:00|-0500|UTC+2|Europe/Berlinn|Europe|Europe/|/Europe/Berlin|Europe//Berlin|../Europe/Berlin|CEST|".split(
    "|",
  ),
];

/** A time in the middle of the year, and half a day before each change of the zone's clock in 2026. */
export const ZONE_STARTS: readonly (readonly [timeZone: string, ...from: string[]])[] = [
  ["Etc/UTC", "2026-02-27T12:34:56Z", "2027-12-31T23:59:59Z"],
  ["Europe/Berlin", "2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"],
  ["Europe/London", "2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"],
  ["America/New_York", "2026-03-07T18:00:00Z", "2026-10-31T18:00:00Z"],
  ["America/St_Johns", "2026-03-07T18:00:00Z", "2026-10-31T18:00:00Z"],
  ["America/Santiago", "2026-04-04T15:00:00Z", "2026-09-05T15:00:00Z"],
  ["America/Havana", "2026-03-07T18:00:00Z", "2026-10-31T18:00:00Z"],
  ["Africa/Cairo", "2026-04-23T10:00:00Z", "2026-10-29T10:00:00Z"],
  ["Asia/Beirut", "2026-03-28T10:00:00Z", "2026-10-24T10:00:00Z"],
  ["Asia/Kolkata", "2026-06-30T18:29:00Z"],
  ["Australia/Sydney", "2026-04-04T04:00:00Z", "2026-10-03T04:00:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T04:00:00Z", "2026-10-03T04:00:00Z"],
  ["Pacific/Chatham", "2026-04-04T02:00:00Z", "2026-09-26T02:00:00Z"],
  ["Antarctica/Troll", "2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"],
];

/** Zones that left out a day. Where the schedule names days, Kubernetes' parser never comes back from it, so that only these can be asked. */
const LOST_DAYS: readonly Start[] = ["0 0 * * *", "30 5 * * *", "0 */6 * * *", "@hourly"].flatMap((schedule) => [
  { schedule, timeZone: "Pacific/Apia", from: "2011-12-29T12:00:00Z", count: 5 },
  { schedule, timeZone: "Pacific/Kwajalein", from: "1993-08-20T00:00:00Z", count: 5 },
]);

export const STARTS: readonly Start[] = [
  ...ZONE_STARTS.flatMap(([timeZone, ...times]) =>
    times.flatMap((from) =>
      GOOD_SCHEDULES.map((schedule) => ({ schedule: schedule.trim(), timeZone, from, count: 5 })),
    ),
  ),
  ...LOST_DAYS,
];
