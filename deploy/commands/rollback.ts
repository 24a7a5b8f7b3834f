import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "../cli-options.ts";

interface RollbackFlags extends ClusterFlags, OutputFlags {
  readonly to?: string;
  readonly list?: true;
  readonly dryRun?: true;
}

export function addRollbackCommand(program: Command): void {
  const command = program
    .command("rollback")
    .description("deploy an earlier revision again, exactly as it was: code, schedule, rights and image")
    .argument("<job>", "name of the job, or its file")
    .option("--to <revision>", "which one, or its first digits (default: what was deployed before)")
    .option("--list", "only list the revisions that the cluster holds")
    .option("--dry-run", "only let the API server validate everything, and say what would change")
    .addHelpText(
      "after",
      "\nExamples:\n  errand rollback pod-cleanup -n ops --list\n  errand rollback pod-cleanup -n ops --to 4f1e02ab9c.1",
    )
    .action(rollback);
  addOutputFlag(addClusterFlags(command));
}

async function rollback(word: string, flags: RollbackFlags): Promise<void> {
  const { connect } = await import("../cluster/connect.ts");
  const { jobNameIn } = await import("../runs/find-run.ts");
  const { findJob } = await import("../runs/find-job.ts");
  const { rollbackJob } = await import("../operate/rollback-job.ts");
  const { describeReference } = await import("../cluster/resource-path.ts");
  const { answer, table } = await import("../output/answer.ts");
  const { talk } = await import("../output/talk.ts");
  const { CommandError } = await import("../command-error.ts");
  if (flags.list && (flags.to !== undefined || flags.dryRun))
    throw new CommandError("--list only lists: it goes with neither --to nor --dry-run", {
      hint: "Look first, then go back.",
    });
  const job = jobNameIn(word);
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const cronJob = await findJob(api, namespace, job);
  if (flags.list) {
    const { listRevisions } = await import("../revisions/list-revisions.ts");
    const { describeRevisions, listedRevisions } = await import("../output/describe-revisions.ts");
    const revisions = listedRevisions(await listRevisions(api, namespace, job), cronJob);
    answer(flags.output, revisions, () => describeRevisions(revisions, new Date()));
    return;
  }
  const done = await rollbackJob(api, cronJob, { to: flags.to, dryRun: flags.dryRun ?? false }, new Date());
  const rows = done.changes.map(({ object, change }) => [describeReference(object), change]);
  answer(flags.output, { job, namespace, ...done }, () =>
    table(["OBJECT", flags.dryRun ? "WOULD BE" : "CHANGE"], rows),
  );
  talk(
    flags.dryRun
      ? `Nothing was applied: this was a dry run from revision ${done.from} to ${done.to}.`
      : `Revision ${done.to} is deployed again, instead of ${done.from}; active runs keep the code that they have.`,
  );
}
