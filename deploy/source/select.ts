import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import type { JobEntry, JobFilter, JobPage, Page, ParamFilter, RunEntry, RunFilter, RunPage } from "./run-source.ts";

/** What a run can have as its outcome, in the order in which lists offer it: how runs end, then the states of those that go on. */
export const RUN_STATES: readonly string[] = [...Object.keys(OUTCOMES), "running", "waiting", "foreign"];

/** Selects jobs as a filter asks: what needs attention comes first. @param jobs by namespace and name */
export function selectJobs(jobs: readonly JobEntry[], filter: JobFilter): JobPage {
  const search = filter.search?.toLocaleLowerCase("en") ?? "";
  const inOrder = jobs.toSorted(
    (left, right) => Number(right.attention !== undefined) - Number(left.attention !== undefined),
  );
  const found = inOrder.filter(({ job, description = "" }) =>
    `${job}\n${description}`.toLocaleLowerCase("en").includes(search),
  );
  const of = (state: JobFilter["state"]) => found.filter((job) => isIn(job, state));
  const counts = {
    all: found.length,
    attention: of("attention").length,
    running: of("running").length,
    paused: of("paused").length,
  };
  const key = ({ namespace, job }: JobEntry) => `${namespace}/${job}`;
  return { ...pageOf(of(filter.state), key, filter), counts };
}

function isIn(job: JobEntry, state: JobFilter["state"]): boolean {
  if (state === "attention") return job.attention !== undefined;
  if (state === "running") return job.active.length > 0;
  if (state === "paused") return job.state === "paused" || job.state === "suspended";
  return true;
}

/** Selects runs as a filter asks. @param runs newest first */
export function selectRuns(runs: readonly RunEntry[], filter: RunFilter): RunPage {
  const recovered = filter.hideRecovered ? recoveredRuns(runs) : undefined;
  const { job, since, trigger, by, params = [], outcomes = [] } = filter;
  const matching = runs.filter(
    (run) =>
      (job === undefined || (run.job === job.job && (job.namespace ?? run.namespace) === run.namespace)) &&
      (since === undefined || Date.parse(run.startedAt) >= since.getTime()) &&
      (trigger === undefined || triggerOf(run) === trigger) &&
      (by === undefined || run.triggeredBy === by) &&
      params.every((param) => hasParam(run, param)) &&
      !(filter.hideDryRuns && run.dryRun) &&
      !recovered?.has(run),
  );
  const counted = Map.groupBy(matching, ({ outcome }) => outcome);
  const wanted = outcomes.length === 0 ? matching : matching.filter(({ outcome }) => outcomes.includes(outcome));
  const key = ({ namespace, run }: RunEntry) => `${namespace}/${run}`;
  return {
    ...pageOf(wanted, key, filter),
    outcomes: Object.fromEntries([...counted].map(([outcome, each]) => [outcome, each.length])),
  };
}

/** What started a run: a retry was asked for by hand, and is shown as what it is. */
export function triggerOf({ trigger, retryOf }: RunEntry): "schedule" | "hand" | "retry" {
  if (retryOf !== undefined) return "retry";
  return trigger === "schedule" ? "schedule" : "hand";
}

function hasParam({ params }: RunEntry, { name, value }: ParamFilter): boolean {
  if (typeof params !== "object" || params === null || !Object.hasOwn(params, name)) return false;
  const given: unknown = Reflect.get(params, name);
  return (Array.isArray(given) ? given : [given]).some((each) => paramText(each) === value);
}

/** A parameter's value as a person types it. */
export function paramText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Runs that did not succeed, and after which a real run of the same job did. */
function recoveredRuns(newestFirst: readonly RunEntry[]): Set<RunEntry> {
  const good = new Set<string>();
  const recovered = new Set<RunEntry>();
  for (const run of newestFirst) {
    const key = `${run.namespace}/${run.job}`;
    if (run.outcome === "succeeded" && !run.dryRun) good.add(key);
    else if (run.outcome !== "succeeded" && run.finishedAt !== undefined && good.has(key)) recovered.add(run);
  }
  return recovered;
}

/** The page that begins behind the entry that `after` names; the first page where there is none such any more. */
function pageOf<Entry>(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
  { after, limit = entries.length }: { readonly after?: string; readonly limit?: number },
): Page<Entry> {
  const offset = after === undefined ? 0 : entries.findIndex((entry) => keyOf(entry) === after) + 1;
  const page = entries.slice(offset, offset + limit);
  const last = page.at(-1);
  const hasMore = offset + page.length < entries.length;
  return {
    entries: page,
    total: entries.length,
    offset,
    ...(hasMore && last !== undefined ? { after: keyOf(last) } : {}),
  };
}
