import { connect } from "../project/load-config.ts";
import { parseReport } from "../runs/history/report-text.ts";
import { describeLogLine } from "../runs/log.ts";
import { ofNamed } from "../source/lookup.ts";
import type { LogOptions } from "../source/run-source.ts";
import { answerStyle, talk } from "../terminal/talk.ts";
import { answerRaw } from "../terminal/terminal.ts";
import { describeReport } from "./answers/describe-report.ts";
import { nameOrChoice } from "./choose.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { LOGS } from "./declared/running.ts";
import { sourceOf } from "./from-hub.ts";

type LogsFlags = FlagsOf<typeof LOGS>;

export async function logs(nameOrFile: string | undefined, flags: LogsFlags): Promise<void> {
  await using cluster = await connect(flags);
  const { namespace } = cluster;
  const source = await sourceOf(cluster, namespace, flags);
  const name = await nameOrChoice(cluster, nameOrFile, "logs");
  const { lines, note } = await ofNamed(source, namespace, name, (which) => source.log(which, optionsOf(flags)));
  if (note !== undefined) talk(note);
  for await (const line of lines) {
    if (flags.output === "table") process.stdout.write(`${describeLine(line)}\n`);
    else answerRaw(`${line}\n`);
  }
}

function optionsOf({ follow = false, tail, since, previous, attempt }: LogsFlags): LogOptions {
  return {
    follow,
    ...(previous ? { attempt: "previous" } : {}),
    ...(attempt === undefined ? {} : { attempt }),
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { sinceMs: since }),
  };
}

/** The report is the last line of a run's log. */
function describeLine(line: string): string {
  const report = parseReport(line);
  return report === undefined ? describeLogLine(line, answerStyle) : `\n${describeReport(report)}`;
}
