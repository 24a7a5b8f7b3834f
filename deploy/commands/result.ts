import { connect } from "../project/connect.ts";
import { findRun } from "../runs/find-run.ts";
import { CommandError } from "../terminal/command-error.ts";
import { answerRun } from "./answers/answer-run.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { RESULT } from "./declared/running.ts";

type ResultFlags = FlagsOf<typeof RESULT>;

export async function result(word: string, flags: ResultFlags): Promise<void> {
  if (flags.timeout !== undefined && !flags.wait)
    throw new CommandError("--timeout says how long --wait waits", { hint: "Give --wait too, or neither." });
  await using cluster = await connect(flags);
  await answerRun(cluster, await findRun(cluster.api, cluster.namespace, word), flags);
}
