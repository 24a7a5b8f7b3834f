import { ago, clock, count, wordsOf } from "../../runtime/page/words.ts";
import { describeSchedule } from "../schedule/schedule.ts";
import type { JobEntry } from "../source/run-source.ts";

/** The same within a sentence: `at 14:30`, `yesterday at 06:00`, `on 29 Nov at 02:00`. */
export function atClock(time: string, now: Date, timeZone: string): string {
  const [day = "", hours] = clock(time, now, timeZone).split(", ");
  if (hours === undefined) return `at ${day}`;
  return day === "Yesterday" ? `yesterday at ${hours}` : `on ${day} at ${hours}`;
}

/** A zone as people write it. */
export function zone(timeZone: string): string {
  return /^(?:Etc\/)?(?:UTC|GMT|UCT|Universal|Zulu)$/.test(timeZone) ? "UTC" : timeZone;
}

/** `Every 15 minutes`, `Daily at 06:00`. */
export function scheduleWords(schedule: string): string {
  return describeSchedule(schedule)
    .replace(/^At (\d\d:\d\d)$/, "Daily at $1")
    .replace(/^At (\d\d:\d\d), Monday through Friday$/, "Weekdays at $1")
    .replace(/^At (\d\d:\d\d), only on (\w+)$/, "$2s at $1");
}

/** Why a job needs attention, in one or two sentences. */
export function attentionWords(job: JobEntry, now: Date): string {
  const zoneOfJob = job.timeZone;
  if (job.attention === "overdue" && job.missedRun !== undefined) {
    return `Due ${atClock(job.missedRun, now, zoneOfJob)}, but not started.`;
  }
  const last = job.recent.findLast(({ outcome }) => outcome !== "running" && outcome !== "waiting");
  if (last === undefined) return "";
  const times =
    job.failuresInARow > 1 ? ` ${job.failuresAtLeast ? "at least " : ""}${job.failuresInARow} times in a row` : "";
  const good = job.lastSuccess === undefined ? "Never succeeded yet." : `Last succeeded ${ago(job.lastSuccess, now)}.`;
  return `${wordsOf(last.outcome).sentence}${times}. ${good}`;
}

/** What a page of jobs opens with: is it well? */
export function jobsSentence(
  { all, attention, running }: { readonly all: number; readonly attention: number; readonly running: number },
  place: string,
): string {
  const jobs = `${count(all, "job")} in ${place}.`;
  if (all === 0) return `No jobs in ${place}.`;
  const good =
    attention === 0 ? "All is well" : `${sentenceNumber(attention)} ${attention === 1 ? "needs" : "need"} attention`;
  return `${jobs} ${good}${running === 0 ? "." : `, ${number(running)} ${running === 1 ? "is" : "are"} running now.`}`;
}

const NUMBERS = [
  "no",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];

function number(amount: number): string {
  return NUMBERS[amount] ?? amount.toLocaleString("en");
}

function sentenceNumber(amount: number): string {
  const word = number(amount);
  return word.charAt(0).toUpperCase() + word.slice(1);
}
