import type { Cluster } from "../cluster/connect.ts";
import { askParams } from "../params/ask-params.ts";
import type { AskParams, ParamSources } from "../params/complete-params.ts";
import { readParamsFile } from "../params/read-params.ts";
import { connect } from "../project/load-config.ts";
import { refuseInvalidFor, validateLocally } from "../project/params.ts";
import { jobNameIn } from "../runs/find-run.ts";
import type { JobObject } from "../runs/history/run-objects.ts";
import { applyPlan, keepPlan } from "../runs/plan.ts";
import { type TriggerOptions, triggerRun } from "../runs/trigger-run.ts";
import { answer } from "../terminal/answer.ts";
import { isPersonThere } from "../terminal/ask.ts";
import { talk } from "../terminal/talk.ts";
import { answerRun, reportOfRun } from "./answers/answer-run.ts";
import { describeChanges, describeNextOfPlan } from "./answers/describe-report.ts";
import { nameOrChoice } from "./choose.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { TRIGGER } from "./declared/running.ts";

type TriggerFlags = FlagsOf<typeof TRIGGER>;

export async function trigger(nameOrFile: string | undefined, given: TriggerFlags): Promise<void> {
  const flags = given.follow ? { ...given, wait: true } : given;
  const sources = flags.apply === undefined ? await readSources(nameOrFile, flags) : undefined;
  await using cluster = await connect(flags);
  const name = jobNameIn(await nameOrChoice(cluster, nameOrFile, "trigger"));
  const { dryRun = false, force = false, plan = false, apply } = flags;
  if (apply !== undefined) {
    await answerTriggered(cluster, name, await applyPlan(cluster, name, apply, force), flags);
    return;
  }
  const ask = isPersonThere() && flags.params !== "-" ? askPerson : undefined;
  const planning = plan ? { plan: "record" as const } : {};
  const options = { param: [], ...sources, ...planning, ask, dryRun: dryRun || plan, force };
  const run = await triggerRun(cluster, name, options);
  if (plan) await answerPlanned(cluster, run, flags);
  else await answerTriggered(cluster, name, run, flags);
}

/** Waits for a planning run, whose report holds the plan. The plan of a run that did not succeed cannot be relied on. */
async function answerPlanned(cluster: Cluster, run: JobObject, flags: TriggerFlags): Promise<void> {
  const { name } = run.metadata;
  talk(`Planning with run ${name} in namespace ${cluster.namespace}`);
  const report = await reportOfRun(cluster, run, flags);
  if (report === undefined) return;
  const { hash, sha256, plan } = await keepPlan(cluster.client, run, report);
  answer(flags.output, { ...plan, hash, sha256, run: name }, () => describeChanges(plan.changes));
  talk(describeNextOfPlan(sha256, plan));
}

const askPerson: AskParams = async (names, schema, secret) => {
  return await askParams(names, schema, undefined, secret);
};

/** The schema in a job's file can check more than the deployed one. Parameters that are missing here may be deployed. */
async function readSources(
  nameOrFile: string | undefined,
  { param, params: file }: TriggerFlags,
): Promise<Pick<TriggerOptions, "param" | "given" | "validate">> {
  const sources: ParamSources = { param, given: file === undefined ? undefined : await readParamsFile(file) };
  if (nameOrFile === undefined || jobNameIn(nameOrFile) === nameOrFile) return sources;
  const { job, params } = await validateLocally(nameOrFile, sources, { partial: true });
  return { param: [], given: params, validate: (all) => refuseInvalidFor(job.definition, all) };
}

async function answerTriggered(cluster: Cluster, job: string, run: JobObject, flags: TriggerFlags): Promise<void> {
  const { namespace } = cluster;
  const { name } = run.metadata;
  if (flags.wait) {
    talk(`run ${name} in namespace ${namespace}`);
    await answerRun(cluster, run, flags);
    return;
  }
  answer(flags.output, { job, run: name, namespace, dryRun: flags.dryRun ?? false }, () => name);
  talk(`To see its result: errand result ${name} -n ${namespace} --wait`);
}
