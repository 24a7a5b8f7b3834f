import { connect } from "../project/connect.ts";
import { describeLogLine } from "../runs/describe-log-line.ts";
import { fetchRun, findRun } from "../runs/find-run.ts";
import { lastPod } from "../runs/history/run-objects.ts";
import { runLog } from "../runs/log-follower.ts";
import { CommandError } from "../terminal/command-error.ts";
import { answerRaw } from "../terminal/terminal.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { LOGS } from "./declared/running.ts";

type LogsFlags = FlagsOf<typeof LOGS>;

export async function logs(word: string, { follow = false, output, ...flags }: LogsFlags): Promise<void> {
  await using cluster = await connect(flags);
  const { client, namespace } = cluster;
  const run = await findRun(client, namespace, word);
  const pod = lastPod((await fetchRun(client, run)).pods);
  if (pod === undefined) {
    throw new CommandError(`Run ${run.metadata.name} has no pod (any more), and logs go with the pod`, {
      hint: `What is still known of it: errand result ${run.metadata.name} -n ${namespace}`,
    });
  }
  for await (const line of runLog(client, pod, { follow })) {
    if (output === "table") process.stdout.write(`${describeLogLine(line)}\n`);
    else answerRaw(`${line}\n`);
  }
}
