import type { Grid } from "../../runtime/page/grid.ts";
import { connect } from "../project/load-config.ts";
import { jobNameIn } from "../runs/find-run.ts";
import type { RunEntry, RunFilter, RunPage, RunSource } from "../source/run-source.ts";
import { UsageError } from "../terminal/command-error.ts";
import { talk } from "../terminal/talk.ts";
import { answerGrid } from "./answers/answer-grid.ts";
import { describeRuns, gridOfRuns } from "./answers/describe-jobs.ts";
import { describeMutations } from "./answers/describe-report.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { HISTORY } from "./declared/operating.ts";
import { hasHub, sourceOf } from "./from-hub.ts";

type HistoryFlags = FlagsOf<typeof HISTORY>;

export async function history(nameOrFile: string | undefined, flags: HistoryFlags): Promise<void> {
  await using cluster = await connect(flags);
  const namespace = flags.allNamespaces ? undefined : cluster.namespace;
  const job = nameOrFile === undefined ? undefined : jobNameIn(nameOrFile);
  const source = await sourceOf(cluster, namespace, flags);
  const isMissing = await answerHistory(source, job, flags);
  if (isMissing && !source.place.isArchive && (await hasHub(cluster))) talk("The hub has more: add --hub.");
}

/** Lists runs. @param job absent for the runs of all jobs @returns true if older ones may be missing */
async function answerHistory(source: RunSource, job: string | undefined, flags: HistoryFlags): Promise<boolean> {
  const page = await source.runs(filterOf(flags, source, job));
  if (page.total === 0 && job !== undefined) await refuseUnknown(source, job);
  if (page.total === 0 && flags.output === "table") talk(describeNone(source, job, flags));
  else answerPage(page, job, flags);
  if (page.entries.some(({ isOrphan }) => isOrphan)) {
    talk(
      `Job "${job}" is not deployed. Nobody owns these Jobs, so anyone who may create Jobs could have created them.`,
    );
  }
  const more = page.total - page.entries.length;
  if (more > 0) talk(more === 1 ? "1 more run matches." : `${more} more runs match.`);
  else if (page.missing !== undefined) talk(page.missing);
  return more === 0 && page.missing !== undefined;
}

function filterOf(
  { since, outcome, param, trigger, by, hide = [], limit }: HistoryFlags,
  { place: { namespace } }: RunSource,
  job: string | undefined,
): RunFilter {
  return {
    ...(job === undefined ? {} : { job: { job, ...(namespace === undefined ? {} : { namespace }) } }),
    ...(since === undefined ? {} : { since }),
    ...(outcome === undefined ? {} : { outcomes: outcome }),
    ...(param === undefined ? {} : { params: param }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(by === undefined ? {} : { by }),
    hideRecovered: hide.includes("recovered"),
    hideDryRuns: hide.includes("dry"),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** A job without runs is fine; one that never existed is a mistake. */
async function refuseUnknown(source: RunSource, job: string): Promise<void> {
  const { namespace } = source.place;
  if (namespace === undefined || (await source.job({ namespace, job })) !== undefined) return;
  const run = await source.run({ namespace, run: job });
  if (run === undefined) throw await source.unknown(namespace, job);
  throw new UsageError(`${job} is a run of job "${run.entry.job}"`, {
    hint: `See it: errand status ${job} -n ${namespace}; its job's runs: errand history ${run.entry.job} -n ${namespace}`,
  });
}

function describeNone(
  { place: { namespace, isArchive } }: RunSource,
  job: string | undefined,
  flags: HistoryFlags,
): string {
  const { since, outcome, param, trigger, by, hide } = flags;
  const isNarrowed = [since, outcome, param, trigger, by, hide].some((each) => each !== undefined);
  const place = namespace === undefined ? "in any namespace" : `in namespace "${namespace}"`;
  if (isNarrowed) return `No run of ${job === undefined ? "any job" : `job "${job}"`} ${place} matches.`;
  if (job === undefined || namespace === undefined) return `No runs ${place}.`;
  if (isArchive) return `The hub has no runs of job "${job}".`;
  return `The cluster remembers no runs of job "${job}". To see why: errand why ${job} -n ${namespace}`;
}

function answerPage({ entries, timeZone }: RunPage, job: string | undefined, flags: HistoryFlags): void {
  const { allNamespaces: withNamespace = false, param, output } = flags;
  const columns = { withNamespace, withJob: job === undefined || withNamespace, withParams: param !== undefined };
  // Each job has a time zone of its own, so the times of several are in UTC.
  const zone = timeZone ?? "Etc/UTC";
  answerGrid(output, {
    value: entries,
    toText: () => describeRuns(entries, zone, columns),
    toMarkdown: () => gridOfRuns(entries, zone, columns),
    toGrid: () => rawGrid(entries),
  });
}

/** The rows of `-o csv`, always with the same columns. */
function rawGrid(entries: readonly RunEntry[]): Grid {
  return {
    columns: [
      ...["namespace", "job", "run", "outcome", "reason", "message", "trigger", "triggeredBy", "retryOf", "startedAt"],
      ...["finishedAt", "durationMs", "attempts", "dryRun", "changes", "params", "revision"],
    ],
    rows: entries.map((entry) => ({ ...entry, changes: describeMutations(entry.mutations) })),
  };
}
