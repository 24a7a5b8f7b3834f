import type { Cluster } from "../cluster/connect.ts";
import { declaredInFile, declaredWhenDeployed } from "../diagnose/access/declared-rights.ts";
import { fetchAccess } from "../diagnose/access/fetch-access.ts";
import { explain } from "../diagnose/why/explain.ts";
import { connect } from "../project/connect.ts";
import { fetchStatus } from "../runs/fetch-status.ts";
import { findJob } from "../runs/find-job.ts";
import { jobNameIn } from "../runs/find-run.ts";
import { answer } from "../terminal/answer.ts";
import { type Format, talk } from "../terminal/talk.ts";
import { describeAccess, describeWhy } from "./answers/describe-findings.ts";
import { describeForeign, describeJobStatus, describeRunStatus } from "./answers/describe-jobs.ts";
import { nameOrChoice } from "./choose.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { ACCESS, STATUS, WHY } from "./declared/operating.ts";

type StatusFlags = FlagsOf<typeof STATUS>;

export async function status(nameOrFile: string | undefined, flags: StatusFlags): Promise<void> {
  await using cluster = await connect(flags);
  await answerStatus(cluster, await nameOrChoice(cluster, nameOrFile, "status"), flags.output);
}

/** Says how a job or a run stands. */
export async function answerStatus(cluster: Cluster, nameOrFile: string, output: Format): Promise<void> {
  const now = new Date();
  const { job, record } = await fetchStatus(cluster, nameOrFile, now, talk);
  const waiting = record?.phase === "waiting" ? { waiting: record.waiting } : {};
  const value = { job: job ?? null, phase: record?.phase ?? null, ...waiting, run: record?.report ?? null };
  answer(output, value, () =>
    [
      ...(job === undefined ? [] : [describeJobStatus(job, now)]),
      ...(record === undefined ? [] : [describeRunStatus(record, new Date())]),
    ].join("\n\n"),
  );
  if (job?.foreign !== undefined) talk(describeForeign(job.namespace, job.job, job.foreign));
}

type WhyFlags = FlagsOf<typeof WHY>;

export async function why(nameOrFile: string | undefined, flags: WhyFlags): Promise<void> {
  await using cluster = await connect(flags);
  const found = await explain(cluster, await nameOrChoice(cluster, nameOrFile, "why"), new Date());
  const { run, ...rest } = found;
  const value = run === undefined ? rest : { ...rest, run: run.name, phase: run.record.phase, finding: run.finding };
  answer(flags.output, value, () => describeWhy(found));
}

type AccessFlags = FlagsOf<typeof ACCESS>;

export async function access(nameOrFile: string | undefined, flags: AccessFlags): Promise<void> {
  await using cluster = await connect(flags);
  const named = await nameOrChoice(cluster, nameOrFile, "access");
  const job = jobNameIn(named);
  const { client, namespace } = cluster;
  const inFile = job === named ? undefined : await declaredInFile(named, namespace);
  const cronJob = await findJob(client, namespace, job);
  const found = await fetchAccess(cluster, cronJob, inFile ?? (await declaredWhenDeployed(client, cronJob)));
  answer(flags.output, { job, namespace, ...found }, () => describeAccess(found));
  for (const note of found.notes) talk(note);
}
