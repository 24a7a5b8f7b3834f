import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "../cli-options.ts";

type HistoryFlags = ClusterFlags & OutputFlags;

export function addHistoryCommand(program: Command): void {
  const command = program
    .command("history")
    .description("list a job's runs, newest first, as far as the cluster remembers them")
    .argument("<job>", "name of the job, or its file")
    .addHelpText(
      "after",
      "\nExamples:\n  errand history pod-cleanup -n ops\n  errand history pod-cleanup -n ops -o json",
    )
    .action(history);
  addOutputFlag(addClusterFlags(command));
}

async function history(word: string, flags: HistoryFlags): Promise<void> {
  const { connect } = await import("../cluster/connect.ts");
  const { jobNameIn } = await import("../runs/find-run.ts");
  const { findJob, getJob } = await import("../runs/find-job.ts");
  const { fetchRecords } = await import("../runs/fetch-records.ts");
  const { jobSelector } = await import("../manifests/manifest.ts");
  const { summarizeRun } = await import("../history/recorded-run.ts");
  const { answer } = await import("../output/answer.ts");
  const { describeRuns } = await import("../output/describe-runs.ts");
  const { talk } = await import("../output/talk.ts");
  const job = jobNameIn(word);
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const records = await fetchRecords(api, namespace, jobSelector(job));
  // The runs of a job that was removed are still told; a job that never was is a mistake.
  const cronJob = records.length > 0 ? await getJob(api, namespace, job) : await findJob(api, namespace, job);
  const now = new Date();
  const runs = records.map((record) => summarizeRun(record, now));
  if (runs.length === 0 && flags.output === "table") {
    talk(`Job "${job}" has no runs that the cluster remembers. Why not? errand why ${job} -n ${namespace}`);
    return;
  }
  answer(flags.output, runs, () => describeRuns(runs, cronJob?.spec?.timeZone ?? "Etc/UTC"));
}
