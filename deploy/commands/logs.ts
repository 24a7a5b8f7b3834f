import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, type OutputFlags } from "./options.ts";

interface LogsFlags extends ClusterFlags, OutputFlags {
  readonly follow?: boolean;
}

export function addLogsCommand(program: Command): void {
  const command = program
    .command("logs")
    .description("print the log of a run")
    .argument("<run>", "name of a run; or of a job, for its newest run")
    .option("-f, --follow", "go on until the run ends")
    .addHelpText(
      "after",
      "\nWith -o json each line is printed as the run wrote it; on a terminal what could move its cursor is escaped.\nExample: errand logs pod-cleanup -n ops -f",
    )
    .action(logs);
  addOutputFlag(addClusterFlags(command));
}

async function logs(word: string, { follow = false, output, ...flags }: LogsFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { findRun, fetchRun } = await import("../runs/find-run.ts");
  const { lastPod } = await import("../runs/history/run-objects.ts");
  const { logLines } = await import("../runs/log-lines.ts");
  const { describeLogLine } = await import("../runs/describe-log-line.ts");
  const { answerRaw } = await import("../terminal/terminal.ts");
  const { CommandError } = await import("../terminal/command-error.ts");
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const run = await findRun(api, namespace, word);
  const pod = lastPod((await fetchRun(api, run)).pods);
  if (pod === undefined) {
    throw new CommandError(`Run ${run.metadata.name} has no pod (any more), and logs go with the pod`, {
      hint: `What is still known of it: errand result ${run.metadata.name} -n ${namespace}`,
    });
  }
  for await (const line of logLines(api.send, { namespace, name: pod.metadata.name }, { follow })) {
    if (output === "table") process.stdout.write(`${describeLogLine(line)}\n`);
    else answerRaw(`${line}\n`);
  }
}
