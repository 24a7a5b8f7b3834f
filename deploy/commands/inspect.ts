import { fetchAccess } from "../diagnose/access/fetch-access.ts";
import { declaredInFile, declaredWhenDeployed } from "../diagnose/access/job-rights.ts";
import { connect } from "../project/load-config.ts";
import { findJob } from "../runs/find-job.ts";
import { jobNameIn } from "../runs/find-run.ts";
import { summaryOf } from "../source/entries.ts";
import { standingOf, whyOf } from "../source/lookup.ts";
import type { RunSource } from "../source/run-source.ts";
import { answer } from "../terminal/answer.ts";
import { type Format, talk } from "../terminal/talk.ts";
import { describeAccess, describeWhy } from "./answers/describe-findings.ts";
import { describeForeign, describeJobStatus, describeRunStatus } from "./answers/describe-jobs.ts";
import { nameOrChoice } from "./choose.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { ACCESS, STATUS, WHY } from "./declared/operating.ts";
import { sourceOf } from "./from-hub.ts";

type StatusFlags = FlagsOf<typeof STATUS>;

export async function status(nameOrFile: string | undefined, flags: StatusFlags): Promise<void> {
  await using cluster = await connect(flags);
  const name = await nameOrChoice(cluster, nameOrFile, "status");
  const { namespace } = cluster;
  await answerStatus(await sourceOf(cluster, namespace, flags), namespace, name, flags.output);
}

/** Says how a job or a run stands. */
export async function answerStatus(
  source: RunSource,
  namespace: string,
  nameOrFile: string,
  output: Format,
): Promise<void> {
  const now = new Date();
  const { job, run } = await standingOf(source, namespace, nameOrFile);
  const { record, notice } = run ?? {};
  if (notice !== undefined) talk(notice);
  const waiting = record?.phase === "waiting" ? { waiting: record.waiting } : {};
  const summary = job === undefined ? null : summaryOf(job);
  const value = { job: summary, phase: record?.phase ?? null, ...waiting, run: record?.report ?? null };
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
  const { namespace } = cluster;
  const name = await nameOrChoice(cluster, nameOrFile, "why");
  const found = await whyOf(await sourceOf(cluster, namespace, flags), namespace, name);
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
