import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import type { Cluster } from "../cluster/connect.ts";
import { describeReference } from "../cluster/references.ts";
import { connect } from "../project/load-config.ts";
import { describeLeftover } from "../release/prune.ts";
import { fetchRevisions } from "../release/revisions/record-deploy.ts";
import { noRecordHint, type RollbackPreview, rollbackJob } from "../release/rollback-job.ts";
import { type CronJobObject, findJob } from "../runs/find-job.ts";
import { jobNameIn } from "../runs/find-run.ts";
import { answer, table } from "../terminal/answer.ts";
import { confirm } from "../terminal/ask.ts";
import { style, talk } from "../terminal/talk.ts";
import { describeRevisions, describeRollback, listedRevisions } from "./answers/describe-release.ts";
import { nameOrChoice } from "./choose.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { ROLLBACK } from "./declared/operating.ts";

type RollbackFlags = FlagsOf<typeof ROLLBACK>;

export async function rollback(nameOrFile: string | undefined, flags: RollbackFlags): Promise<void> {
  await using cluster = await connect(flags);
  const name = jobNameIn(await nameOrChoice(cluster, nameOrFile, "rollback"));
  const cronJob = await findJob(cluster.client, cluster.namespace, name);
  await (flags.list ? list(cluster, cronJob, flags) : goBack(cluster, cronJob, flags));
}

async function list({ client }: Cluster, cronJob: CronJobObject, { output }: RollbackFlags): Promise<void> {
  const kept = await fetchRevisions(client, cronJob);
  const { revisions, lost } = kept ?? { revisions: [], lost: [] };
  const listed = listedRevisions(revisions, cronJob);
  answer(output, listed, () => describeRevisions(listed, new Date()));
  if (kept === undefined) talk(noRecordHint(cronJob));
  if (lost.length > 0) {
    talk(`No longer available: ${lost.join(", ")}. The ConfigMap is gone or has changed.`);
  }
}

async function goBack(cluster: Cluster, cronJob: CronJobObject, flags: RollbackFlags): Promise<void> {
  const { name: job, namespace = "" } = cronJob.metadata;
  const { dryRun = false, yes = false, allowUntried = false, to } = flags;
  const agree = async (preview: RollbackPreview): Promise<boolean> => {
    talk(describeRollback(preview));
    if (dryRun || yes) return true;
    return await confirm(`Roll ${job} in context ${cluster.context} back from ${preview.from} to ${preview.to}?`);
  };
  const done = await rollbackJob(cluster.client, cronJob, { to, dryRun, agree, allowUntried }, new Date());
  if (done === undefined) return;
  const { left, pause, ...changed } = done;
  const rows = done.changes.map(({ object, change }) => [describeReference(object), change]);
  answer(flags.output, { job, namespace, ...changed }, () => table(["OBJECT", dryRun ? "WOULD BE" : "CHANGE"], rows));
  for (const each of left) talk(`${style.yellow("warning:")} ${describeLeftover(each)}`);
  if (left.some(({ isFailure }) => isFailure)) process.exitCode = OUTCOMES.denied.exitCode;
  if (pause !== undefined) talk(pause);
  talk(
    dryRun
      ? `Nothing was applied: this was a dry run from revision ${done.from} to ${done.to}.`
      : `Revision ${done.to} is deployed again instead of ${done.from}; active runs keep their code.`,
  );
}
