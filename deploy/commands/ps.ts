import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { connect } from "../project/connect.ts";
import { fetchJobSummaries } from "../runs/fetch-jobs.ts";
import type { JobSummary } from "../runs/job-summary.ts";
import { answer } from "../terminal/answer.ts";
import { CommandError } from "../terminal/command-error.ts";
import { showLive } from "../terminal/live.ts";
import { talk } from "../terminal/talk.ts";
import { describeForeign, describeJobs } from "./answers/describe-jobs.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { PS } from "./declared/operating.ts";

type PsFlags = FlagsOf<typeof PS>;

export async function ps({ allNamespaces = false, watch = false, output, ...flags }: PsFlags): Promise<void> {
  if (allNamespaces && flags.namespace !== undefined) {
    throw new CommandError("-A is every namespace, and -n is one: give one of them");
  }
  if (watch && output !== "table") throw new CommandError(`-w shows a table: it does not go with -o ${output}`);
  await using cluster = await connect(flags);
  const namespace = allNamespaces ? undefined : cluster.namespace;
  const toText = (jobs: readonly JobSummary[]) => describeJobs(jobs, new Date(), { withNamespace: allNamespaces });
  if (watch) {
    await showLive(async () => {
      const jobs = await fetchJobs(cluster.client, namespace);
      return { text: toText(jobs), states: jobs.map((job) => JSON.stringify(job)) };
    });
    return;
  }
  const jobs = await fetchJobs(cluster.client, namespace);
  if (jobs.length === 0 && output === "table") {
    talk(`No jobs ${namespace === undefined ? "in any namespace" : `in namespace "${namespace}"`}.`);
    return;
  }
  answer(output, jobs, () => toText(jobs));
  for (const { namespace: place, job, foreign = [] } of jobs) {
    if (foreign.length > 0) talk(describeForeign(place, job, foreign));
  }
}

async function fetchJobs(client: KubeClient, namespace: string | undefined): Promise<JobSummary[]> {
  return await fetchJobSummaries(client, namespace, new Date());
}
