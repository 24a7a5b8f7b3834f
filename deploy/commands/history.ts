import type { Command } from "commander";
import type { JobObject } from "../runs/history/run-objects.ts";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

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
  const { connect } = await import("../project/connect.ts");
  const { isRun, jobNameIn } = await import("../runs/find-run.ts");
  const { findJob, getJob } = await import("../runs/find-job.ts");
  const { fetchRecords } = await import("../runs/fetch-records.ts");
  const { jobSelector } = await import("../manifests/manifest.ts");
  const { summarizeForeign, summarizeRun } = await import("../runs/history/recorded-run.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { describeRuns } = await import("./answers/describe-runs.ts");
  const { talk } = await import("../terminal/talk.ts");
  const job = jobNameIn(word);
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const cronJob = await getJob(api, namespace, job);
  const owned = Promise.resolve((run: JobObject) => isRun(cronJob, run));
  const records = await fetchRecords(api, namespace, jobSelector(job), owned);
  // The runs of a job that was removed are still told; a job that never was is a mistake.
  if (cronJob === undefined && records.runs.length === 0) await findJob(api, namespace, job);
  if (cronJob === undefined) {
    talk(
      `Job "${job}" is not deployed: these are Jobs that belong to nobody, and anybody who may create Jobs can have made them.`,
    );
  }
  const now = new Date();
  const runs = [
    ...records.runs.map((record) => summarizeRun(record, now)),
    ...(cronJob === undefined ? [] : records.foreign.map(summarizeForeign)),
  ];
  if (runs.length === 0 && flags.output === "table") {
    talk(`Job "${job}" has no runs that the cluster remembers. Why not? errand why ${job} -n ${namespace}`);
    return;
  }
  answer(flags.output, runs, () => describeRuns(runs, cronJob?.spec?.timeZone ?? "Etc/UTC"));
}
