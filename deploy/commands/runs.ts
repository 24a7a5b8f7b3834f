import { connect } from "../project/load-config.ts";
import { cancelRun } from "../runs/cancel-run.ts";
import { findActiveRun, findRun } from "../runs/find-run.ts";
import { retryRun } from "../runs/trigger-run.ts";
import { ofNamed } from "../source/lookup.ts";
import { answer } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import { answerRecord, answerRun } from "./answers/answer-run.ts";
import { describeReport } from "./answers/describe-report.ts";
import { nameOrChoice } from "./choose.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { CANCEL, RESULT, RETRY } from "./declared/running.ts";
import { sourceOf } from "./from-hub.ts";

type ResultFlags = FlagsOf<typeof RESULT>;

export async function result(nameOrFile: string | undefined, flags: ResultFlags): Promise<void> {
  await using cluster = await connect(flags);
  const { namespace } = cluster;
  const name = await nameOrChoice(cluster, nameOrFile, "result");
  const source = await sourceOf(cluster, namespace, flags);
  const { uid, entry, record, notice } = await ofNamed(source, namespace, name, (which) => source.run(which));
  if (flags.wait) {
    await answerRun(cluster, { metadata: { uid, name: entry.run, namespace } }, flags);
    return;
  }
  if (notice !== undefined) talk(notice);
  answerRecord(record, flags);
}

type CancelFlags = FlagsOf<typeof CANCEL>;

export async function cancel(nameOrFile: string | undefined, flags: CancelFlags): Promise<void> {
  await using cluster = await connect(flags);
  const { client, namespace } = cluster;
  const { job, pods } = await findActiveRun(client, namespace, await nameOrChoice(cluster, nameOrFile, "cancel"));
  talk(`Stopping run ${job.metadata.name} (up to 30 s)`);
  const report = await cancelRun(client, job, pods, new Date());
  answer(flags.output, report, () => describeReport(report));
}

type RetryFlags = FlagsOf<typeof RETRY>;

export async function retry(nameOrFile: string | undefined, flags: RetryFlags): Promise<void> {
  await using cluster = await connect(flags);
  const { client, namespace } = cluster;
  const { force = false } = flags;
  const name = await nameOrChoice(cluster, nameOrFile, "retry");
  const retried = await retryRun(cluster, await findRun(client, namespace, name), { force });
  const { job, retryOf, revision, earlierRevision } = retried;
  const run = retried.run.metadata.name;
  talk(`run ${run} in namespace ${namespace}, a retry of ${retryOf}`);
  if (revision !== earlierRevision) talk(`${retryOf} was revision ${earlierRevision}; ${revision} is deployed now`);
  if (flags.wait) {
    await answerRun(cluster, retried.run, flags);
    return;
  }
  answer(flags.output, { job, run, namespace, retryOf, revision }, () => run);
  talk(`To see its result: errand result ${run} -n ${namespace} --wait`);
}
