import { declaredInFile, declaredWhenDeployed } from "../diagnose/access/declared-rights.ts";
import { fetchAccess } from "../diagnose/access/fetch-access.ts";
import { connect } from "../project/connect.ts";
import { findJob } from "../runs/find-job.ts";
import { jobNameIn } from "../runs/find-run.ts";
import { answer } from "../terminal/answer.ts";
import { talk } from "../terminal/talk.ts";
import { describeAccess } from "./answers/describe-access.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { ACCESS } from "./declared/operating.ts";

type AccessFlags = FlagsOf<typeof ACCESS>;

export async function access(word: string, flags: AccessFlags): Promise<void> {
  const job = jobNameIn(word);
  await using cluster = await connect(flags);
  const { api, namespace } = cluster;
  const inFile = job === word ? undefined : await declaredInFile(word, namespace);
  const cronJob = await findJob(api, namespace, job);
  const found = await fetchAccess(cluster, cronJob, inFile ?? (await declaredWhenDeployed(api, cronJob)));
  answer(flags.output, { job, namespace, ...found }, () => describeAccess(found));
  for (const note of found.notes) talk(note);
}
