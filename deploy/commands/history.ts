import type { Cluster } from "../cluster/connect.ts";
import { jobSelector } from "../manifests/manifest.ts";
import { connect } from "../project/load-config.ts";
import { fetchAllRuns } from "../runs/fetch-jobs.ts";
import { fetchRecords } from "../runs/fetch-records.ts";
import { findJob, getJob } from "../runs/find-job.ts";
import { isRun, jobNameIn } from "../runs/find-run.ts";
import { summarizeForeign, summarizeRun } from "../runs/history/recorded-run.ts";
import type { JobObject } from "../runs/history/run-objects.ts";
import { answer } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import { describeAllRuns, describeRuns } from "./answers/describe-jobs.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { HISTORY } from "./declared/operating.ts";

type HistoryFlags = FlagsOf<typeof HISTORY>;

export async function history(nameOrFile: string | undefined, flags: HistoryFlags): Promise<void> {
  await using cluster = await connect(flags);
  if (nameOrFile === undefined || flags.allNamespaces) await historyOfAll(cluster, nameOrFile, flags);
  else await historyOf(cluster, jobNameIn(nameOrFile), flags);
}

/** The runs of every deployed job. */
async function historyOfAll(
  { client, namespace: own }: Cluster,
  nameOrFile: string | undefined,
  { allNamespaces = false, limit, output }: HistoryFlags,
): Promise<void> {
  const namespace = allNamespaces ? undefined : own;
  const runs = await fetchAllRuns(client, namespace, new Date());
  const job = nameOrFile === undefined ? undefined : jobNameIn(nameOrFile);
  const found = runs.filter((each) => job === undefined || each.job === job).slice(0, limit);
  if (found.length === 0 && output === "table") {
    talk(`No runs ${namespace === undefined ? "in any namespace" : `in namespace "${namespace}"`}.`);
    return;
  }
  answer(output, found, () => describeAllRuns(found, { withNamespace: allNamespaces }));
}

async function historyOf({ client, namespace }: Cluster, job: string, flags: HistoryFlags): Promise<void> {
  const cronJob = await getJob(client, namespace, job);
  const owned = Promise.resolve((run: JobObject) => isRun(cronJob, run));
  const records = await fetchRecords(client, namespace, jobSelector(job), owned);
  // A removed job's runs are still listed; a job that never existed is a mistake.
  if (cronJob === undefined && records.runs.length === 0) await findJob(client, namespace, job);
  if (cronJob === undefined) {
    talk(
      `Job "${job}" is not deployed. These Jobs belong to nobody; anybody who may create Jobs could have created them.`,
    );
  }
  const now = new Date();
  const all = [
    ...records.runs.map((record) => summarizeRun(record, now)),
    ...(cronJob === undefined ? [] : records.foreign.map(summarizeForeign)),
  ];
  const runs = all.slice(0, flags.limit);
  if (runs.length === 0 && flags.output === "table") {
    talk(`The cluster remembers no runs of job "${job}". To see why: errand why ${job} -n ${namespace}`);
    return;
  }
  answer(flags.output, runs, () => describeRuns(runs, cronJob?.spec?.timeZone ?? "Etc/UTC"));
}
