import type { Command } from "commander";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import type { JobSummary } from "../runs/job-summary.ts";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

interface PsFlags extends ClusterFlags, OutputFlags {
  readonly allNamespaces?: boolean;
  readonly watch?: boolean;
}

export function addPsCommand(program: Command): void {
  const command = program
    .command("ps")
    .description("list the jobs of a namespace: schedule, next run, last outcome, failures in a row, active runs")
    .option("-A, --all-namespaces", "of all namespaces")
    .option("-w, --watch", "go on, and show what changes, until Ctrl-C")
    .addHelpText(
      "after",
      "\nExamples:\n  errand ps -n ops\n  errand ps -A -o json | jq '.[] | select(.failuresInARow > 0)'",
    )
    .action(ps);
  addOutputFlag(addClusterFlags(command));
}

async function ps({ allNamespaces = false, watch = false, output, ...flags }: PsFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { describeForeign, describeJobs } = await import("./answers/describe-jobs.ts");
  const { CommandError } = await import("../terminal/command-error.ts");
  const { talk } = await import("../terminal/talk.ts");
  if (allNamespaces && flags.namespace !== undefined) {
    throw new CommandError("-A is every namespace, and -n is one: give one of them");
  }
  if (watch && output !== "table") throw new CommandError(`-w shows a table: it does not go with -o ${output}`);
  await using cluster = await connect(flags);
  const namespace = allNamespaces ? undefined : cluster.namespace;
  const toText = (jobs: readonly JobSummary[]) => describeJobs(jobs, new Date(), { withNamespace: allNamespaces });
  if (watch) {
    const { showLive } = await import("../terminal/show-live.ts");
    await showLive(async () => {
      const jobs = await fetchJobs(cluster.api, namespace);
      return { text: toText(jobs), states: jobs.map((job) => JSON.stringify(job)) };
    });
    return;
  }
  const jobs = await fetchJobs(cluster.api, namespace);
  if (jobs.length === 0 && output === "table") {
    talk(`No jobs ${namespace === undefined ? "in any namespace" : `in namespace "${namespace}"`}.`);
    return;
  }
  answer(output, jobs, () => toText(jobs));
  for (const { namespace: place, job, foreign = [] } of jobs) {
    if (foreign.length > 0) talk(describeForeign(place, job, foreign));
  }
}

async function fetchJobs(api: ClusterApi, namespace: string | undefined): Promise<JobSummary[]> {
  const { fetchJobSummaries } = await import("../runs/fetch-jobs.ts");
  return await fetchJobSummaries(api, namespace, new Date());
}
