import type { Command } from "commander";
import type { Cluster } from "../cluster/connect.ts";
import type { AskParams, ParamSources } from "../params/complete-params.ts";
import type { JobObject } from "../runs/history/run-objects.ts";
import { CommandError } from "../terminal/command-error.ts";
import {
  addClusterFlags,
  addOutputFlag,
  addParamFlags,
  type ClusterFlags,
  durationFlag,
  type OutputFlags,
  type ParamFlags,
} from "./options.ts";

interface TriggerFlags extends ClusterFlags, OutputFlags, ParamFlags {
  readonly dryRun?: true;
  readonly wait?: true;
  readonly timeout?: number;
  readonly force?: true;
  readonly plan?: true;
  readonly apply?: string;
}

const HELP_END = `
What is required and missing is asked for on a terminal.

Examples:
  errand trigger pod-cleanup -n ops -p olderThan=2h --dry-run --wait
  errand trigger pod-cleanup -n ops --params night.yaml
  errand trigger pod-cleanup -n ops --plan
  errand trigger pod-cleanup -n ops --apply 4f1e02ab9c --wait
  echo '{"olderThan": "2h"}' | errand trigger jobs/pod-cleanup.ts -n ops --params -`;

export function addTriggerCommand(program: Command): void {
  const command = program
    .command("trigger")
    .description("run a deployed job now")
    .argument("<job>", "name of the job, or its file: then the parameters are validated here too")
    .option("-w, --wait", "wait for its end, print the report, and end with the exit code of its outcome")
    .option("--timeout <duration>", "wait no longer than this, such as 10m; the run goes on", durationFlag)
    .option("--plan", "rehearse it, and keep the list of what it would change under a hash")
    .option("--apply <hash>", "do what a plan lists, to the very objects that it lists, and nothing else")
    .option("--force", "run beside another run that is active")
    .addHelpText("after", HELP_END)
    .action(trigger);
  addParamFlags(addOutputFlag(addClusterFlags(command)));
}

async function trigger(word: string, flags: TriggerFlags): Promise<void> {
  const { readParamsFile } = await import("../params/read-params.ts");
  const { connect } = await import("../project/connect.ts");
  const { triggerRun } = await import("../runs/trigger-run.ts");
  const { jobNameIn } = await import("../runs/find-run.ts");
  const { isPersonThere } = await import("../params/ask-params.ts");
  refuseContradictions(flags);
  if (flags.apply !== undefined) return await apply(word, flags.apply, flags);
  const given = flags.params === undefined ? undefined : await readParamsFile(flags.params);
  const ask = isPersonThere() && flags.params !== "-" ? askPerson : undefined;
  const name = jobNameIn(word);
  const sources = await validated(word, name, { param: flags.param, given }, ask);
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
  const { connect } = await import("../project/connect.ts");
  const { applyPlan } = await import("../runs/plans/apply-plan.ts");
  const { jobNameIn } = await import("../runs/find-run.ts");
  const name = jobNameIn(word);
  await using cluster = await connect(flags);
  const run = await applyPlan(cluster, name, hash, flags.force ?? false);
  await answerTriggered(cluster, name, run, flags);
}

/** A planning run is waited for: the plan is in its report. One that did not succeed has planned nothing that could be relied on. */
async function answerPlanned(cluster: Cluster, run: JobObject, flags: TriggerFlags): Promise<void> {
  const { reportOfRun } = await import("./answers/answer-run.ts");
  const { keepPlan } = await import("../runs/plans/keep-plan.ts");
  const { describeChanges, describeNextOfPlan } = await import("./answers/describe-plan.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { talk } = await import("../terminal/talk.ts");
  const { name } = run.metadata;
  talk(`run ${name} in namespace ${cluster.namespace} plans`);
  const report = await reportOfRun(cluster, run, { ...flags, wait: true });
  if (report === undefined) return;
  const { hash, sha256, plan } = await keepPlan(cluster.api, run, report);
  answer(flags.output, { ...plan, hash, sha256, run: name }, () => describeChanges(plan.changes));
  talk(describeNextOfPlan(sha256, plan));
}

const askPerson: AskParams = async (names, schema, secret) => {
  const { askParams } = await import("../params/ask-params.ts");
  return await askParams(names, schema, undefined, secret);
};

/** With the job's file its own schema says more than the one that was deployed can. */
async function validated(
  word: string,
  name: string,
  sources: ParamSources,
  ask: AskParams | undefined,
): Promise<ParamSources> {
  if (name === word) return sources;
  const { validateLocally } = await import("../project/validate-locally.ts");
  const { params } = await validateLocally(word, sources, ask);
  return { param: [], given: params };
}

async function answerTriggered(cluster: Cluster, job: string, run: JobObject, flags: TriggerFlags): Promise<void> {
  const { answerRun } = await import("./answers/answer-run.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { talk } = await import("../terminal/talk.ts");
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
