import { refuseMissingNamespace } from "../cluster/choose-namespaces.ts";
import type { Cluster } from "../cluster/connect.ts";
import { connect } from "../project/load-config.ts";
import type { JobSummary } from "../runs/job-summary.ts";
import { JobsWatch, type JobsWatchOptions } from "../runs/jobs-watch.ts";
import { Silence } from "../runs/silence.ts";
import { summaryOf } from "../source/entries.ts";
import { liveSource } from "../source/live-source.ts";
import type { RunSource } from "../source/run-source.ts";
import { answer } from "../terminal/answer.ts";
import { UsageError } from "../terminal/command-error.ts";
import { type LiveTable, showLive } from "../terminal/live.ts";
import { talk } from "../terminal/talk.ts";
import { describeForeign, describeJobs } from "./answers/describe-jobs.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { PS } from "./declared/operating.ts";
import { answerStatus } from "./inspect.ts";

/** How often the table is redrawn for the times in it, and read again if it may not be watched, in milliseconds. */
const LOOK_MS = 2_000;

type PsFlags = FlagsOf<typeof PS>;

export async function ps(names: readonly string[], { output, ...flags }: PsFlags): Promise<void> {
  const { allNamespaces = false, watch = false, sortBy = "name", selector } = flags;
  const isWide = output === "wide";
  const format = isWide ? "table" : output;
  if (watch && format !== "table") throw new UsageError(`-w shows a table and cannot be used with -o ${output}`);
  await using cluster = await connect(flags);
  const namespace = allNamespaces ? undefined : cluster.namespace;
  const choose = (jobs: readonly JobSummary[]) =>
    jobs.filter(({ job }) => names.length === 0 || names.includes(job)).toSorted(ORDERS[sortBy]);
  const toText = (jobs: readonly JobSummary[]) =>
    describeJobs(jobs, new Date(), { withNamespace: allNamespaces, isWide });
  if (watch) {
    await watchJobs(cluster, { namespace, labels: selector }, (all) => {
      const jobs = choose(all);
      return { text: toText(jobs), states: jobs.map((job) => JSON.stringify(job)) };
    });
    return;
  }
  const source = liveSource(cluster, namespace, { labels: selector });
  const jobs = choose(await summariesOf(source));
  // `errand get NAME` may also name a run. If there is no such run either, this says so.
  const other = names.find((name) => !jobs.some(({ job }) => job === name));
  if (other !== undefined) {
    await answerStatus(source, cluster.namespace, other, format);
    return;
  }
  if (jobs.length === 0 && namespace !== undefined) await refuseMissingNamespace(cluster.client, namespace);
  if (jobs.length === 0 && format === "table") {
    const which = selector === undefined ? "" : ` with the labels ${selector}`;
    talk(`No jobs${which} ${namespace === undefined ? "in any namespace" : `in namespace "${namespace}"`}.`);
    return;
  }
  answer(format, jobs, () => toText(jobs));
  for (const { namespace: place, job, foreign = [] } of jobs) {
    if (foreign.length > 0) talk(describeForeign(place, job, foreign));
  }
}

/** By namespace and name. */
async function summariesOf(source: RunSource): Promise<JobSummary[]> {
  const { entries } = await source.jobs({});
  const key = ({ namespace, job }: JobSummary) => `${namespace}/${job}`;
  return entries.map(summaryOf).toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
}

/** Redraws the table when something happens, and as time goes by. */
async function watchJobs(
  cluster: Cluster,
  which: Pick<JobsWatchOptions, "namespace" | "labels">,
  toTable: (jobs: readonly JobSummary[]) => LiveTable,
): Promise<void> {
  let notice = "";
  const silence = new Silence((error) => {
    notice = `The API server does not answer; showing the last known state: ${error.message}`;
    talk(notice);
  });
  using live = new JobsWatch(cluster.client, {
    ...which,
    lookMs: LOOK_MS,
    onInterruption: (error) => silence.allows(error),
  });
  const source = liveSource(cluster, which.namespace, { watch: live });
  await showLive(
    async () => ({ ...toTable(await summariesOf(source)), notice: silence.lasts ? notice : undefined }),
    (signal) => live.change(signal),
  );
}

type Order = (left: JobSummary, right: JobSummary) => number;

/** Jobs come sorted by namespace and name, which stays the order of equal ones. */
const ORDERS: Readonly<Record<NonNullable<PsFlags["sortBy"]>, Order>> = {
  name: () => 0,
  next: (left, right) => timeOf(left.nextRun) - timeOf(right.nextRun),
  last: (left, right) => timeOf(right.lastRun?.startedAt, 0) - timeOf(left.lastRun?.startedAt, 0),
  failures: (left, right) => right.failuresInARow - left.failuresInARow,
  age: (left, right) => timeOf(right.createdAt) - timeOf(left.createdAt),
};

function timeOf(time: string | undefined, absent = Number.MAX_VALUE): number {
  return time === undefined ? absent : Date.parse(time);
}
