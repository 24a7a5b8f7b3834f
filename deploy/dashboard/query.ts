import type { JobFilter, JobRef, ParamFilter, RunFilter } from "../source/run-source.ts";
import { RUN_STATES } from "../source/select.ts";

/** A page of jobs stays below 60 KB, one of runs too. */
const JOBS_PER_PAGE = 25;
const RUNS_PER_PAGE = 50;

const DAY_MS = 86_400_000;

/** What `since` may be: a number of hours or days. */
export const SINCE_CHOICES = { "24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days" } as const;

const SINCE_MS: Readonly<Record<string, number>> = { "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS };

/** Reads the filter of the jobs' page out of an address; what it does not know counts as absent. */
export function jobFilterIn(query: URLSearchParams): JobFilter {
  const state = oneOf(query.get("state"), ["attention", "running", "paused"] as const);
  const search = query.get("q")?.trim();
  const after = query.get("after");
  return {
    limit: JOBS_PER_PAGE,
    ...(state === undefined ? {} : { state }),
    ...(search ? { search } : {}),
    ...(after ? { after } : {}),
  };
}

/** Reads the filter of a list of runs out of an address; what it does not know counts as absent. */
export function runFilterIn(query: URLSearchParams, job: JobRef | undefined, now: Date): RunFilter {
  const outcomes = query.getAll("outcome").filter((outcome) => RUN_STATES.includes(outcome));
  const since = SINCE_MS[query.get("since") ?? ""];
  const trigger = oneOf(query.get("trigger"), ["schedule", "hand", "retry"] as const);
  const params = query.getAll("param").flatMap(paramIn);
  const hide = (query.get("hide") ?? "").split(",");
  const by = query.get("by");
  const after = query.get("after");
  return {
    limit: RUNS_PER_PAGE,
    ...(job === undefined ? {} : { job }),
    ...(outcomes.length === 0 ? {} : { outcomes }),
    ...(since === undefined ? {} : { since: new Date(now.getTime() - since) }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(by ? { by } : {}),
    ...(params.length === 0 ? {} : { params }),
    ...(hide.includes("recovered") ? { hideRecovered: true } : {}),
    ...(hide.includes("dry") ? { hideDryRuns: true } : {}),
    ...(after ? { after } : {}),
  };
}

/** `name=value`, as on the command line. */
function paramIn(text: string): ParamFilter[] {
  const [, name, value] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(text) ?? [];
  return name === undefined || value === undefined ? [] : [{ name, value: value.trim() }];
}

function oneOf<T extends string>(text: string | null, words: readonly T[]): T | undefined {
  return words.find((word) => word === text);
}

export function jobPath({ namespace, job }: JobRef): string {
  return `/jobs/${encodeURIComponent(namespace)}/${encodeURIComponent(job)}`;
}

export function runPath({ namespace, run }: { readonly namespace: string; readonly run: string }): string {
  return `/runs/${encodeURIComponent(namespace)}/${encodeURIComponent(run)}`;
}
