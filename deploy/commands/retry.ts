import { connect } from "../project/connect.ts";
import { findRun } from "../runs/find-run.ts";
import { retryRun } from "../runs/retry-run.ts";
import { answer } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import { answerRun } from "./answers/answer-run.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { RETRY } from "./declared/running.ts";

type RetryFlags = FlagsOf<typeof RETRY>;

export async function retry(word: string, flags: RetryFlags): Promise<void> {
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
