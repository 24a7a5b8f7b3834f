import { readNamespaces, selectNamespaces } from "../cluster/choose-namespaces.ts";
import { startTypeCheck } from "../diagnose/checks/type-check.ts";
import { findJobFiles } from "../project/job-file.ts";
import { connect } from "../project/load-config.ts";
import { type PreparedJob, prepareJobs, refuseSharedImage } from "../project/prepare.ts";
import {
  type Deployed,
  type DeployOptions,
  type DeployTarget,
  deployJobs,
  firstRun,
  knownRuns,
} from "../release/deploy-jobs.ts";
import { deployToNamespaces, exitCodeOfTargets, type TargetResult } from "../release/deploy-to-namespaces.ts";
import { nextRuns } from "../schedule/schedule.ts";
import { answer } from "../terminal/answer.ts";
import { CommandError, TRY_LATER_EXIT_CODE, UsageError } from "../terminal/command-error.ts";
import { type Format, sayError, style, talk } from "../terminal/talk.ts";
import { answerRun } from "./answers/answer-run.ts";
import { describeDeployed, describeTargets } from "./answers/describe-release.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { DEPLOY } from "./declared/delivering.ts";

type DeployFlags = FlagsOf<typeof DEPLOY>;

export async function deploy(paths: readonly string[], flags: DeployFlags): Promise<void> {
  const named = readNamespaces(flags);
  const given = [...paths, ...(flags.filename ?? [])];
  if (given.length === 0)
    throw new UsageError("missing required argument 'file'", { hint: "See errand deploy --help." });
  const files = findJobFiles(given);
  using typeCheck = startTypeCheck(files, flags);
  const jobs = await prepareJobs(files, flags);
  refuseSharedImage(jobs);
  refuseWatch(flags, jobs);
  await using cluster = await connect(flags);
  const namespaces =
    flags.namespaceSelector === undefined
      ? (named ?? [cluster.namespace])
      : await selectNamespaces(cluster.client, flags.namespaceSelector);
  await typeCheck.refuseErrors();
  const [job, ...others] = jobs;
  const [namespace = "", ...elsewhere] = namespaces;
  if (job !== undefined && others.length === 0 && elsewhere.length === 0) {
    await deployOne({ ...cluster, namespace }, job, flags);
  } else {
    await deploySeveral(cluster, namespaces, jobs, flags);
  }
}

/** @throws {CommandError} if there would be nothing, or too much, to wait for */
function refuseWatch(flags: DeployFlags, jobs: readonly PreparedJob[]): void {
  if (!flags.watch) return;
  if (jobs.length > 1 || flags.namespaces?.includes(",")) {
    throw new UsageError("--watch waits for one job in one namespace", {
      hint: "Deploy first; then: errand ps -w",
    });
  }
  const [job] = jobs;
  if (job?.definition.schedule !== undefined) return;
  throw new UsageError(`--watch: ${job?.name} has no schedule, so there is no first run to wait for`, {
    hint: "Deploy it without --watch; then run it: errand trigger JOB --wait",
  });
}

async function deployOne(target: DeployTarget, job: PreparedJob, flags: DeployFlags): Promise<void> {
  const known = flags.watch
    ? await knownRuns(target.client, { name: job.name, namespace: target.namespace })
    : new Set("");
  for (const deployed of await deployJobs(target, [job], optionsOf(flags))) {
    const text = describeDeployed(deployed, flags.dryRun ?? false);
    process.exitCode = exitCodeOfTargets([{ deployed: [deployed] }]);
    sayWarnings([deployed]);
    if (flags.watch) {
      talk(`${text}\n${deployed.next}`);
      await watch(target, job, deployed, known, flags);
      return;
    }
    answer(flags.output, deployed, () => text);
    talk(deployed.next);
  }
}

/** Waits for the first run, whose report is then the answer. */
async function watch(
  target: DeployTarget,
  { definition }: PreparedJob,
  { job, revision }: Deployed,
  known: ReadonlySet<string>,
  { output, timeout }: DeployFlags,
): Promise<void> {
  const [due] = nextRuns(definition, new Date(), 1);
  talk(`Waiting for its first run${due === undefined ? "" : `, due ${due.toISOString()}`}; Ctrl-C only stops waiting.`);
  const signal = timeout === undefined ? new AbortController().signal : AbortSignal.timeout(timeout);
  const run = await firstRun(target.client, { name: job, namespace: target.namespace, revision }, known, signal);
  if (run === undefined) {
    throw new CommandError(`${job} is deployed, but no run began before --timeout`, {
      hint: `To see why: errand why ${job} -n ${target.namespace}`,
      exitCode: TRY_LATER_EXIT_CODE,
    });
  }
  talk(`run ${run.metadata.name}`);
  await answerRun(target, run, { output, ...(timeout === undefined ? {} : { timeout }) });
}

async function deploySeveral(
  target: Omit<DeployTarget, "namespace">,
  namespaces: readonly string[],
  jobs: readonly PreparedJob[],
  flags: DeployFlags,
): Promise<void> {
  const results = await deployToNamespaces(target, namespaces, jobs, optionsOf(flags));
  sayWarnings(results.flatMap(({ deployed = [] }) => deployed));
  sayErrors(results, flags.output);
  answer(flags.output, results, () => describeTargets(results, flags.dryRun ?? false));
  const failed = results.filter(({ error }) => error !== undefined).length;
  const whole = `${results.length - failed} of ${results.length} namespaces`;
  if (flags.dryRun) talk("Nothing was applied: this was a dry run.");
  else if (results.length > 1) talk(`${whole} are complete.`);
  process.exitCode = exitCodeOfTargets(results);
}

/** Says each warning once, for however many namespaces. */
function sayWarnings(all: readonly Deployed[]): void {
  for (const warning of new Set(all.flatMap(({ warnings = [] }) => warnings))) {
    talk(`${style.yellow("warning:")} ${warning}`);
  }
}

function sayErrors(results: readonly TargetResult[], output: Format): void {
  for (const { namespace, error } of results) {
    if (error === undefined) continue;
    const place = error.message.includes(`"${namespace}"`) ? "" : `namespace ${namespace}: `;
    sayError({ ...error, message: `${place}${error.message}` }, output);
  }
}

function optionsOf({ dryRun, forceConflicts, allowUntried }: DeployFlags): DeployOptions {
  return { dryRun: dryRun ?? false, force: forceConflicts ?? false, allowUntried: allowUntried ?? false };
}
