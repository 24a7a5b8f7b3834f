import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, durationFlag, type OutputFlags } from "./options.ts";

interface RetryFlags extends ClusterFlags, OutputFlags {
  readonly wait?: true;
  readonly timeout?: number;
  readonly force?: true;
}

export function addRetryCommand(program: Command): void {
  const command = program
    .command("retry")
    .description("run again what a run did, with the same parameters, from what is deployed now")
    .argument("<run>", "name of a run that is over; or of a job, for its newest run")
    .option("-w, --wait", "wait for its end, print the report, and end with the exit code of its outcome")
    .option("--timeout <duration>", "wait no longer than this, such as 10m; the run goes on", durationFlag)
    .option("--force", "run beside another run that is active")
    .addHelpText("after", "\nExample: errand retry pod-cleanup-kt2c4 -n ops --wait")
    .action(retry);
  addOutputFlag(addClusterFlags(command));
}

async function retry(word: string, flags: RetryFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { findRun } = await import("../runs/find-run.ts");
  const { answerRun } = await import("./answers/answer-run.ts");
  const { retryRun } = await import("../runs/retry-run.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { talk } = await import("../terminal/talk.ts");
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const { force = false } = flags;
  const started = await retryRun(cluster, await findRun(api, namespace, word), { force });
  const { job, retryOf, revision, earlierRevision } = started;
  const run = started.run.metadata.name;
  talk(`run ${run} in namespace ${namespace} repeats ${retryOf}`);
  if (revision !== earlierRevision) talk(`${retryOf} was revision ${earlierRevision}; deployed now is ${revision}`);
  if (flags.wait) {
    await answerRun(cluster, started.run, { ...flags, wait: true });
    return;
  }
  answer(flags.output, { job, run, namespace, retryOf, revision }, () => run);
  talk(`Its result: errand result ${run} -n ${namespace} --wait`);
}
