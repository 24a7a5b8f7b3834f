import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, durationFlag, type OutputFlags } from "./options.ts";

interface ResultFlags extends ClusterFlags, OutputFlags {
  readonly wait?: true;
  readonly timeout?: number;
}

export function addResultCommand(program: Command): void {
  const command = program
    .command("result")
    .description("print the report of a run, and end with the exit code of its outcome")
    .argument("<run>", "name of a run; or of a job, for its newest run")
    .option("-w, --wait", "wait for its end")
    .option("--timeout <duration>", "with --wait: no longer than this, such as 10m", durationFlag)
    .addHelpText("after", "\nExample: errand result pod-cleanup -n ops -o json | jq .result")
    .action(result);
  addOutputFlag(addClusterFlags(command));
}

async function result(word: string, flags: ResultFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { findRun } = await import("../runs/find-run.ts");
  const { answerRun } = await import("./answers/answer-run.ts");
  const { CommandError } = await import("../terminal/command-error.ts");
  if (flags.timeout !== undefined && !flags.wait)
    throw new CommandError("--timeout says how long --wait waits", { hint: "Give --wait too, or neither." });
  await using cluster = await connect(flags);
  await answerRun(cluster, await findRun(cluster.api, cluster.namespace, word), flags);
}
