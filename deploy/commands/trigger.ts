import type { Cluster } from "../cluster/connect.ts";
import { askParams, isPersonThere } from "../params/ask-params.ts";
import type { AskParams, ParamSources } from "../params/complete-params.ts";
import { readParamsFile } from "../params/read-params.ts";
import { connect } from "../project/connect.ts";
import { refuseInvalidFor, validateLocally } from "../project/params.ts";
import { jobNameIn } from "../runs/find-run.ts";
import type { JobObject } from "../runs/history/run-objects.ts";
import { applyPlan } from "../runs/plans/apply-plan.ts";
import { keepPlan } from "../runs/plans/keep-plan.ts";
import { type TriggerOptions, triggerRun } from "../runs/trigger-run.ts";
import { answer } from "../terminal/answer.ts";
import { CommandError } from "../terminal/command-error.ts";
import { talk } from "../terminal/talk.ts";
import { answerRun, reportOfRun } from "./answers/answer-run.ts";
import { describeChanges, describeNextOfPlan } from "./answers/describe-report.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { TRIGGER } from "./declared/running.ts";

type TriggerFlags = FlagsOf<typeof TRIGGER>;

export async function trigger(word: string, flags: TriggerFlags): Promise<void> {
  refuseContradictions(flags);
  if (flags.apply !== undefined) return await apply(word, flags.apply, flags);
  const given = flags.params === undefined ? undefined : await readParamsFile(flags.params);
  const ask = isPersonThere() && flags.params !== "-" ? askPerson : undefined;
  const name = jobNameIn(word);
  const sources = await validated(word, name, { param: flags.param, given });
  await using cluster = await connect(flags);
  const { dryRun = false, force = false, plan = false } = flags;
  const planning = plan ? { plan: "record" as const } : {};
  const run = await triggerRun(cluster, name, { ...sources, ...planning, ask, dryRun: dryRun || plan, force });
  if (plan) await answerPlanned(cluster, run, flags);
  else await answerTriggered(cluster, name, run, flags);
}

function refuseContradictions(flags: TriggerFlags): void {
  const { timeout, wait, plan, apply: hash, param, params, dryRun } = flags;
  if (plan && hash !== undefined)
    throw new CommandError("--plan and --apply do not go together", { hint: "Plan first, look at it, then apply." });
  if (hash !== undefined && (param.length > 0 || params !== undefined || dryRun))
    throw new CommandError("--apply takes no parameters and is no dry run", { hint: "They were given with --plan." });
  if (timeout === undefined || wait || plan) return;
  throw new CommandError("--timeout says how long --wait waits", { hint: "Give --wait too, or neither." });
}

async function apply(word: string, hash: string, flags: TriggerFlags): Promise<void> {
  const name = jobNameIn(word);
  await using cluster = await connect(flags);
  const run = await applyPlan(cluster, name, hash, flags.force ?? false);
  await answerTriggered(cluster, name, run, flags);
}

/** A planning run is waited for: the plan is in its report. One that did not succeed has planned nothing that could be relied on. */
async function answerPlanned(cluster: Cluster, run: JobObject, flags: TriggerFlags): Promise<void> {
  const { name } = run.metadata;
  talk(`run ${name} in namespace ${cluster.namespace} plans`);
  const report = await reportOfRun(cluster, run, { ...flags, wait: true });
  if (report === undefined) return;
  const { hash, sha256, plan } = await keepPlan(cluster.client, run, report);
  answer(flags.output, { ...plan, hash, sha256, run: name }, () => describeChanges(plan.changes));
  talk(describeNextOfPlan(sha256, plan));
}

const askPerson: AskParams = async (names, schema, secret) => {
  return await askParams(names, schema, undefined, secret);
};

/** With the job's file its own schema says more than the one that was deployed can. What is missing may be deployed. */
async function validated(
  word: string,
  name: string,
  sources: ParamSources,
): Promise<Pick<TriggerOptions, "param" | "given" | "validate">> {
  if (name === word) return sources;
  const { job, params } = await validateLocally(word, sources, { partial: true });
  return { param: [], given: params, validate: (all) => refuseInvalidFor(job.definition, all) };
}

async function answerTriggered(cluster: Cluster, job: string, run: JobObject, flags: TriggerFlags): Promise<void> {
  const { namespace } = cluster;
  const { name } = run.metadata;
  if (flags.wait) {
    talk(`run ${name} in namespace ${namespace}`);
    await answerRun(cluster, run, { ...flags, wait: true });
    return;
  }
  answer(flags.output, { job, run: name, namespace, dryRun: flags.dryRun ?? false }, () => name);
  talk(`Its result: errand result ${name} -n ${namespace} --wait`);
}
