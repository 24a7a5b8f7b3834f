import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

type StatusFlags = ClusterFlags & OutputFlags;

export function addStatusCommand(program: Command): void {
  const command = program
    .command("status")
    .description("say how a job or a run stands; of a running one, what it has done so far")
    .argument("<run>", "name of a run; or of a job, for the job and its newest run")
    .addHelpText(
      "after",
      "\nA running pod is asked over a forwarded port, which takes the rights to get and create pods/portforward." +
        "\nExamples:\n  errand status pod-cleanup -n ops\n  errand status pod-cleanup-kt2c4 -n ops -o json | jq .run.progress",
    )
    .action(status);
  addOutputFlag(addClusterFlags(command));
}

async function status(word: string, flags: StatusFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { fetchStatus } = await import("../runs/fetch-status.ts");
  const { describeJobStatus, describeRunStatus } = await import("./answers/describe-status.ts");
  const { describeForeign } = await import("./answers/describe-jobs.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { talk } = await import("../terminal/talk.ts");
  await using cluster = await connect(flags);
  const now = new Date();
  const { job, record } = await fetchStatus(cluster, word, now, talk);
  const waiting = record?.phase === "waiting" ? { waiting: record.waiting } : {};
  const value = { job: job ?? null, phase: record?.phase ?? null, ...waiting, run: record?.report ?? null };
  answer(flags.output, value, () =>
    [
      ...(job === undefined ? [] : [describeJobStatus(job, now)]),
      ...(record === undefined ? [] : [describeRunStatus(record, new Date())]),
    ].join("\n\n"),
  );
  if (job?.foreign !== undefined) talk(describeForeign(job.namespace, job.job, job.foreign));
}
