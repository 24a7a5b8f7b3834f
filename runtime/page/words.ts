import type { Report } from "../run/report/report.ts";
import type { ShownRun } from "./shown-run.ts";

/** Who ended a run: what its colour and its shape say. */
export type Family = "ok" | "fail" | "stop" | "kill" | "none" | "run";

interface OutcomeWords {
  readonly family: Family;
  readonly word: string;
  /** What the run did, with what is said after it: `after 48 s`. */
  readonly sentence: string;
}

/** How pages speak of each outcome, and of the states that are none. */
const WORDS: Readonly<Record<string, OutcomeWords>> = {
  succeeded: { family: "ok", word: "Succeeded", sentence: "Succeeded" },
  failed: { family: "fail", word: "Failed", sentence: "Failed" },
  invalid: { family: "fail", word: "Invalid", sentence: "Was invalid" },
  unreachable: { family: "fail", word: "Unreachable", sentence: "Could not reach the API server" },
  limited: { family: "stop", word: "Limited", sentence: "Stopped at a limit" },
  denied: { family: "stop", word: "Denied", sentence: "Was denied" },
  timedOut: { family: "stop", word: "Timed out", sentence: "Timed out" },
  outOfMemory: { family: "kill", word: "Out of memory", sentence: "Ran out of memory" },
  evicted: { family: "kill", word: "Evicted", sentence: "Was evicted" },
  killed: { family: "kill", word: "Killed", sentence: "Was killed" },
  cancelled: { family: "none", word: "Cancelled", sentence: "Was cancelled" },
  neverStarted: { family: "none", word: "Never started", sentence: "Never started" },
  lost: { family: "none", word: "Lost", sentence: "Ended with an unknown outcome" },
  unknown: { family: "none", word: "Unknown", sentence: "Ended in a way that this version does not know" },
  foreign: { family: "none", word: "Not a run", sentence: "Has the labels of a run, but no job owns it" },
  running: { family: "run", word: "Running", sentence: "Running" },
  waiting: { family: "run", word: "Waiting", sentence: "Waiting" },
};

export function wordsOf(outcome: string): OutcomeWords {
  return WORDS[outcome] ?? { family: "none", word: outcome, sentence: outcome };
}

/** `6.4 s`, `48 s`, `1 min 54 s`, `3 h 19 min`, `5 d 11 h`: a number and its unit with a space between them. */
export function duration(milliseconds: number): string {
  if (milliseconds < 9_950) return `${(Math.max(0, milliseconds) / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}

/** One unit, as far as anybody needs it beside a clock: `4 min`, `3 h`, `2 d`. */
export function rough(milliseconds: number): string {
  if (milliseconds < 3_600_000) return duration(Math.floor(milliseconds / 60_000) * 60_000 || milliseconds);
  return duration(Math.floor(milliseconds / 60_000) * 60_000);
}

export function ago(time: string, now: Date): string {
  const milliseconds = now.getTime() - Date.parse(time);
  return milliseconds < 1_000 ? "just now" : `${rough(milliseconds)} ago`;
}

/** A moment as a person says it beside today: `14:30`, `Yesterday, 06:00`, `Tue, 07:00`, `29 Nov, 02:00`. */
export function clock(time: string, now: Date, timeZone: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "at no time";
  const [day = "", hours = ""] = isoTime(date, timeZone).split(" ");
  const today = isoTime(now, timeZone).slice(0, 10);
  if (day === today) return hours;
  const days = Math.round((Date.parse(day) - Date.parse(today)) / 86_400_000);
  if (days === -1) return `Yesterday, ${hours}`;
  const weekday = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short" });
  if (days > 0 && days < 7) return `${weekday.format(date)}, ${hours}`;
  return `${dayOf(time, timeZone)}, ${hours}`;
}

/** `2026-03-01 06:30`: Swedish is how Intl spells ISO 8601 with a space. */
function isoTime(time: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(time);
}

/** `29 Nov`, with the year where it is another. */
export function dayOf(time: string, timeZone: string, year = new Date().getUTCFullYear()): string {
  const date = new Date(time);
  const isThisYear = date.getUTCFullYear() === year;
  return new Intl.DateTimeFormat("en-GB", {
    timeZone,
    day: "numeric",
    month: "short",
    ...(isThisYear ? {} : { year: "numeric" }),
  }).format(date);
}

/** `14:30:05` in a zone. */
export function seconds(time: string | Date, timeZone: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "–";
  return new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "medium" }).format(date);
}

/** Who or what started a run. */
export function triggerWords({ trigger, triggeredBy, retryOf }: ShownRun["entry"]): string {
  const words = retryOf !== undefined ? "retry" : trigger === "schedule" ? "schedule" : "by hand";
  return triggeredBy === undefined ? words : `${words} · ${triggeredBy}`;
}

/** `delete 3 pods, patch 1 deployments.apps`, or nothing. */
export function changes({ mutations, dryRun }: Pick<Report, "mutations" | "dryRun">): string {
  const parts = Object.entries(mutations).flatMap(([verb, counts]) =>
    Object.entries(counts).map(([resource, count]) => `${verb} ${count.toLocaleString("en")} ${resource}`),
  );
  if (parts.length === 0) return "";
  return dryRun ? `would ${parts.join(", ")}` : parts.join(", ");
}

export function count(amount: number, noun: string): string {
  return `${amount.toLocaleString("en")} ${noun}${amount === 1 ? "" : "s"}`;
}

/** Bytes as Kubernetes writes them: `256 Mi`. */
export function mebibytes(bytes: number): string {
  const mebi = bytes / 2 ** 20;
  return mebi >= 1_024 ? `${(mebi / 1_024).toFixed(1)} Gi` : `${mebi < 10 ? mebi.toFixed(1) : Math.round(mebi)} Mi`;
}
