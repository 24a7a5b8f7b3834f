import { declaredInFile, declaredWhenDeployed } from "../diagnose/access/declared-rights.ts";
import { fetchAccess } from "../diagnose/access/fetch-access.ts";
import { explain } from "../diagnose/why/explain.ts";
import { connect } from "../project/connect.ts";
import { fetchStatus } from "../runs/fetch-status.ts";
import { findJob } from "../runs/find-job.ts";
import { jobNameIn } from "../runs/find-run.ts";
import { answer } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import { describeAccess, describeWhy } from "./answers/describe-findings.ts";
import { describeForeign, describeJobStatus, describeRunStatus } from "./answers/describe-jobs.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { ACCESS, STATUS, WHY } from "./declared/operating.ts";

type StatusFlags = FlagsOf<typeof STATUS>;

export async function status(word: string, flags: StatusFlags): Promise<void> {
  await using cluster = await connect(flags);
  const now = new Date();
  const { job, record } = await fetchStatus(cluster, word, now, talk);
  const waiting = record?.phase === "waiting" ? { waiting: record.waiting } : {};
  const value = { job: job ?? null, phase: record?.phase ?? null, ...waiting, run: record?.report ?? null };
  answer(flags.output, value, () =>
    [
      ...(job === undefined ? [] : [describeJobStatus(job, now)]),
      ...(record === undefined ? [] : [describeRunStatus(record, new Date())]),
    ].join("\n\n"),
  );
  if (job?.foreign !== undefined) talk(describeForeign(job.namespace, job.job, job.foreign));
}

type WhyFlags = FlagsOf<typeof WHY>;

export async function why(word: string, flags: WhyFlags): Promise<void> {
  await using cluster = await connect(flags);
  const found = await explain(cluster, word, new Date());
  const { run, ...rest } = found;
  const value = run === undefined ? rest : { ...rest, run: run.name, phase: run.record.phase, finding: run.finding };
  answer(flags.output, value, () => describeWhy(found));
}

type AccessFlags = FlagsOf<typeof ACCESS>;

export async function access(word: string, flags: AccessFlags): Promise<void> {
  const job = jobNameIn(word);
  await using cluster = await connect(flags);
  const { client, namespace } = cluster;
  const inFile = job === word ? undefined : await declaredInFile(word, namespace);
  const cronJob = await findJob(client, namespace, job);
  const found = await fetchAccess(cluster, cronJob, inFile ?? (await declaredWhenDeployed(client, cronJob)));
  answer(flags.output, { job, namespace, ...found }, () => describeAccess(found));
  for (const note of found.notes) talk(note);
}
