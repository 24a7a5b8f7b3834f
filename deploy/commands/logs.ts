import { connect } from "../project/connect.ts";
import { describeLogLine } from "../runs/describe-log-line.ts";
import { fetchRun, findRun } from "../runs/find-run.ts";
import { parseReport } from "../runs/history/report-text.ts";
import { failuresBefore, lastPod, type PodObject } from "../runs/history/run-objects.ts";
import { runLog } from "../runs/log-follower.ts";
import { UsageError } from "../terminal/command-error.ts";
import { answerStyle } from "../terminal/talk.ts";
import { answerRaw } from "../terminal/terminal.ts";
import { describeReport } from "./answers/describe-report.ts";
import { nameOrChoice } from "./choose.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { LOGS } from "./declared/running.ts";

type LogsFlags = FlagsOf<typeof LOGS>;

export async function logs(nameOrFile: string | undefined, flags: LogsFlags): Promise<void> {
  await using cluster = await connect(flags);
  const { client, namespace } = cluster;
  const run = await findRun(client, namespace, await nameOrChoice(cluster, nameOrFile, "logs"));
  const { name } = run.metadata;
  const pod = podOf((await fetchRun(client, run)).pods, flags, name);
  if (pod === undefined) {
    throw new UsageError(`The pod of run ${name} is gone, and its log with it`, {
      hint: `See what is left: errand result ${name} -n ${namespace}`,
    });
  }
  const { follow = false, tail, since } = flags;
  const lines = runLog(client, pod, {
    follow,
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since: `${since}ms` }),
  });
  for await (const line of lines) {
    if (flags.output === "table") process.stdout.write(`${describeLine(line)}\n`);
    else answerRaw(`${line}\n`);
  }
}

/** The report is the last line of a run's log. */
function describeLine(line: string): string {
  const report = parseReport(line);
  return report === undefined ? describeLogLine(line, answerStyle) : `\n${describeReport(report)}`;
}

/** The pod of the last attempt, or of the one that is asked for. */
function podOf(pods: readonly PodObject[], { previous, attempt }: LogsFlags, run: string): PodObject | undefined {
  const last = lastPod(pods);
  if (last === undefined || (!previous && attempt === undefined)) return last;
  const wanted = attempt ?? failuresBefore(last);
  const found = lastPod(pods.filter((pod) => failuresBefore(pod) === wanted - 1));
  if (found !== undefined) return found;
  const there = [...new Set(pods.map((pod) => failuresBefore(pod) + 1))].toSorted((left, right) => left - right);
  throw new UsageError(wanted === 0 ? `Run ${run} has had only one attempt` : `Run ${run} has no attempt ${wanted}`, {
    hint: `Attempts that still have pods: ${there.join(", ")}.`,
  });
}
