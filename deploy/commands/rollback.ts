import type { Command } from "commander";
import type { Cluster } from "../cluster/connect.ts";
import type { RollbackPlan } from "../release/rollback-job.ts";
import type { CronJobObject } from "../runs/find-job.ts";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

interface RollbackFlags extends ClusterFlags, OutputFlags {
  readonly to?: string;
  readonly list?: true;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly allowUntried?: true;
}

export function addRollbackCommand(program: Command): void {
  const command = program
    .command("rollback")
    .description("deploy an earlier revision again, exactly as it was: code, schedule, rights and image")
    .argument("<job>", "name of the job, or its file")
    .option("--to <revision>", "which one, or its first digits (default: what was deployed before)")
    .option("--list", "only list the revisions that the cluster holds")
    .option("--dry-run", "only let the API server validate everything, and say what would change")
    .option(
      "--allow-untried",
      "apply also what admission lets nobody try (it refuses dry runs): then it is not all or none",
    )
    .option("-y, --yes", "do not ask: what changes is shown all the same")
    .addHelpText(
      "after",
      "\nExamples:\n  errand rollback pod-cleanup -n ops --list\n  errand rollback pod-cleanup -n ops --to 4f1e02ab9c.1",
    )
    .action(rollback);
  addOutputFlag(addClusterFlags(command));
}

async function rollback(word: string, flags: RollbackFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { jobNameIn } = await import("../runs/find-run.ts");
  const { findJob } = await import("../runs/find-job.ts");
  const { CommandError } = await import("../terminal/command-error.ts");
  if (flags.list && (flags.to !== undefined || flags.dryRun || flags.yes))
    throw new CommandError("--list only lists: it goes with neither --to nor --dry-run nor --yes", {
      hint: "Look first, then go back.",
    });
  await using cluster = await connect(flags);
  const cronJob = await findJob(cluster.api, cluster.namespace, jobNameIn(word));
  await (flags.list ? list(cluster, cronJob, flags) : goBack(cluster, cronJob, flags));
}

async function list({ api }: Cluster, cronJob: CronJobObject, { output }: RollbackFlags): Promise<void> {
  const { noRecordHint } = await import("../release/rollback-job.ts");
  const { fetchRevisions } = await import("../release/revisions/record-deploy.ts");
  const { describeRevisions, listedRevisions } = await import("./answers/describe-revisions.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { talk } = await import("../terminal/talk.ts");
  const kept = await fetchRevisions(api, cronJob);
  const { revisions, lost } = kept ?? { revisions: [], lost: [] };
  const listed = listedRevisions(revisions, cronJob);
  answer(output, listed, () => describeRevisions(listed, new Date()));
  if (kept === undefined) talk(noRecordHint(cronJob));
  if (lost.length > 0) {
    talk(`Not there any more as deployed: ${lost.join(", ")}. The ConfigMap is gone, or holds something else by now.`);
  }
}

async function goBack(cluster: Cluster, cronJob: CronJobObject, flags: RollbackFlags): Promise<void> {
  const { rollbackJob } = await import("../release/rollback-job.ts");
  const { describeLeftover } = await import("../release/prune.ts");
  const { describeReference } = await import("../cluster/resource-path.ts");
  const { describeRollback } = await import("./answers/describe-revisions.ts");
  const { answer, table } = await import("../terminal/answer.ts");
  const { confirm } = await import("../terminal/confirm.ts");
  const { style } = await import("../terminal/style.ts");
  const { talk } = await import("../terminal/talk.ts");
  const { OUTCOMES } = await import("../../runtime/run/report/outcome.ts");
  const { name: job, namespace = "" } = cronJob.metadata;
  const { dryRun = false, yes = false, allowUntried = false, to } = flags;
  const agree = async (plan: RollbackPlan): Promise<boolean> => {
    talk(describeRollback(plan));
    if (dryRun || yes) return true;
    return await confirm(`Roll ${job} in context ${cluster.context} back from ${plan.from} to ${plan.to}?`);
  };
  const done = await rollbackJob(cluster.api, cronJob, { to, dryRun, agree, allowUntried }, new Date());
  if (done === undefined) return;
  const { left, pause, ...changed } = done;
  const rows = done.changes.map(({ object, change }) => [describeReference(object), change]);
  answer(flags.output, { job, namespace, ...changed }, () => table(["OBJECT", dryRun ? "WOULD BE" : "CHANGE"], rows));
  for (const each of left) talk(`${style.yellow("warning:")} ${describeLeftover(each)}`);
  if (left.some(({ isFailure }) => isFailure)) process.exitCode = OUTCOMES.denied.exitCode;
  if (pause !== undefined) talk(pause);
  talk(
    dryRun
      ? `Nothing was applied: this was a dry run from revision ${done.from} to ${done.to}.`
      : `Revision ${done.to} is deployed again, instead of ${done.from}; active runs keep the code that they have.`,
  );
}
