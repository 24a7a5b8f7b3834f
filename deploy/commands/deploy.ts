import type { Command } from "commander";
import type { PreparedJob } from "../project/prepare.ts";
import type { Deployed, DeployOptions, DeployTarget } from "../release/deploy-jobs.ts";
import type { TargetResult } from "../release/deploy-to-namespaces.ts";
import { CommandError } from "../terminal/command-error.ts";
import {
  addClusterFlags,
  addImageFlags,
  addOutputFlag,
  type ClusterFlags,
  durationFlag,
  type ImageFlags,
  type OutputFlags,
} from "./options.ts";

interface DeployFlags extends ClusterFlags, ImageFlags, OutputFlags {
  readonly namespaces?: string;
  readonly namespaceSelector?: string;
  readonly dryRun?: true;
  readonly forceConflicts?: true;
  readonly allowUntried?: true;
  readonly watch?: true;
  readonly timeout?: number;
}

const HELP_END = `
Examples:
  errand deploy jobs/pod-cleanup.ts -n ops
  errand deploy jobs --dry-run
  errand deploy jobs/pod-cleanup.ts --namespaces team-a,team-b
  errand deploy jobs --namespace-selector errand=yes -o json
  errand deploy jobs/pod-cleanup.ts -n ops --watch --timeout 20m`;

export function addDeployCommand(program: Command): void {
  const command = program
    .command("deploy")
    .description("put jobs into a cluster, all or none: ServiceAccount, Role, ConfigMap and CronJob")
    .argument("<file...>", "job files, or folders of them")
    .option("--namespaces <names>", "several namespaces, with commas between them; each is all or none by itself")
    .option("--namespace-selector <labels>", "every namespace that has these labels, such as team=shop")
    .option("--dry-run", "only let the API server validate everything, and say what would change")
    .option("--force-conflicts", "take fields that another manager owns")
    .option(
      "--allow-untried",
      "apply also what admission lets nobody try (it refuses dry runs): then it is not all or none",
    )
    .option("--watch", "wait for the first run, print its report, and end with the exit code of its outcome")
    .option("--timeout <duration>", "with --watch: wait no longer than this, such as 20m", durationFlag)
    .addHelpText("after", HELP_END)
    .action(deploy);
  addOutputFlag(addClusterFlags(addImageFlags(command)));
}

async function deploy(words: readonly string[], flags: DeployFlags): Promise<void> {
  const { readNamespaces, selectNamespaces } = await import("../cluster/choose-namespaces.ts");
  const { findJobFiles } = await import("../project/job-file.ts");
  const { refuseSharedImage } = await import("../release/refuse-shared-image.ts");
  const { prepareJob } = await import("../project/prepare.ts");
  const { connect } = await import("../project/connect.ts");
  if (flags.dryRun && flags.allowUntried)
    throw new CommandError("--dry-run tries, and --allow-untried goes without: give one of them");
  const named = readNamespaces(flags);
  const jobs: PreparedJob[] = [];
  for (const file of findJobFiles(words)) jobs.push(await prepareJob(file, flags));
  refuseSharedImage(jobs);
  refuseWatch(flags, jobs);
  await using cluster = await connect(flags);
  const namespaces =
    flags.namespaceSelector === undefined
      ? (named ?? [cluster.namespace])
      : await selectNamespaces(cluster.api, flags.namespaceSelector);
  const [job, ...others] = jobs;
  const [namespace = "", ...elsewhere] = namespaces;
  if (job !== undefined && others.length === 0 && elsewhere.length === 0) {
    await deployOne({ ...cluster, namespace }, job, flags);
  } else {
    await deploySeveral(cluster, namespaces, jobs, flags);
  }
}

/** @throws {CommandError} where there would be nothing, or too much, to wait for */
function refuseWatch(flags: DeployFlags, jobs: readonly PreparedJob[]): void {
  if (!flags.watch) {
    if (flags.timeout === undefined) return;
    throw new CommandError("--timeout says how long --watch waits", { hint: "Give --watch too, or neither." });
  }
  const isMany = jobs.length > 1 || flags.namespaces?.includes(",") || flags.namespaceSelector !== undefined;
  if (isMany || flags.dryRun) {
    throw new CommandError(`--watch waits for one job in one namespace${flags.dryRun ? ", and for no dry run" : ""}`, {
      hint: "Deploy first; then: errand ps -w",
    });
  }
  const [job] = jobs;
  if (job?.definition.schedule !== undefined) return;
  throw new CommandError(`--watch: ${job?.name} has no schedule, and so no first run to wait for`, {
    hint: "Deploy it without --watch; then run it: errand trigger JOB --wait",
  });
}

async function deployOne(target: DeployTarget, job: PreparedJob, flags: DeployFlags): Promise<void> {
  const { deployJobs } = await import("../release/deploy-jobs.ts");
  const { exitCodeOfTargets } = await import("../release/deploy-to-namespaces.ts");
  const { knownRuns } = await import("../release/first-run.ts");
  const { describeDeployed } = await import("./answers/describe-deploy.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { talk } = await import("../terminal/talk.ts");
  const known = flags.watch
    ? await knownRuns(target.api, { name: job.name, namespace: target.namespace })
    : new Set("");
  for (const deployed of await deployJobs(target, [job], optionsOf(flags))) {
    const text = describeDeployed(deployed, flags.dryRun ?? false);
    process.exitCode = exitCodeOfTargets([{ deployed: [deployed] }]);
    await sayWarnings([deployed]);
    if (flags.watch) {
      talk(`${text}\n${deployed.next}`);
      await watch(target, job, deployed, known, flags);
      return;
    }
    answer(flags.output, deployed, () => text);
    talk(deployed.next);
  }
}

/** Then the report of the run is the answer. */
async function watch(
  target: DeployTarget,
  { definition }: PreparedJob,
  { job, revision }: Deployed,
  known: ReadonlySet<string>,
  { output, timeout }: DeployFlags,
): Promise<void> {
  const { firstRun } = await import("../release/first-run.ts");
  const { nextRuns } = await import("../schedule/schedule.ts");
  const { answerRun } = await import("./answers/answer-run.ts");
  const { talk } = await import("../terminal/talk.ts");
  const [due] = nextRuns(definition, new Date(), 1);
  talk(
    `Waiting for its first run${due === undefined ? "" : `, due ${due.toISOString()}`}; Ctrl-C ends the waiting only.`,
  );
  const signal = timeout === undefined ? new AbortController().signal : AbortSignal.timeout(timeout);
  const run = await firstRun(target.api, { name: job, namespace: target.namespace, revision }, known, signal);
  if (run === undefined) {
    const { TRY_LATER_EXIT_CODE } = await import("../terminal/exit-codes.ts");
    throw new CommandError(`${job} is deployed; no run of it began before --timeout`, {
      hint: `Why not: errand why ${job} -n ${target.namespace}`,
      exitCode: TRY_LATER_EXIT_CODE,
    });
  }
  talk(`run ${run.metadata.name}`);
  await answerRun(target, run, { output, wait: true, ...(timeout === undefined ? {} : { timeout }) });
}

async function deploySeveral(
  target: Omit<DeployTarget, "namespace">,
  namespaces: readonly string[],
  jobs: readonly PreparedJob[],
  flags: DeployFlags,
): Promise<void> {
  const { deployToNamespaces, exitCodeOfTargets } = await import("../release/deploy-to-namespaces.ts");
  const { describeTargets } = await import("./answers/describe-deploy.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { talk } = await import("../terminal/talk.ts");
  const results = await deployToNamespaces(target, namespaces, jobs, optionsOf(flags));
  await sayWarnings(results.flatMap(({ deployed = [] }) => deployed));
  await sayErrors(results);
  answer(flags.output, results, () => describeTargets(results, flags.dryRun ?? false));
  const failed = results.filter(({ error }) => error !== undefined).length;
  const whole = `${results.length - failed} of ${results.length} namespaces`;
  if (flags.dryRun) talk("Nothing was applied: this was a dry run.");
  else if (results.length > 1) talk(`${whole} have all of it.`);
  process.exitCode = exitCodeOfTargets(results);
}

/** Each once, for however many namespaces. */
async function sayWarnings(all: readonly Deployed[]): Promise<void> {
  const { style } = await import("../terminal/style.ts");
  const { talk } = await import("../terminal/talk.ts");
  for (const warning of new Set(all.flatMap(({ warnings = [] }) => warnings))) {
    talk(`${style.yellow("warning:")} ${warning}`);
  }
}

async function sayErrors(results: readonly TargetResult[]): Promise<void> {
  const { style } = await import("../terminal/style.ts");
  const { talk } = await import("../terminal/talk.ts");
  for (const { namespace, error } of results) {
    if (error === undefined) continue;
    const place = error.message.includes(`"${namespace}"`) ? "" : `namespace ${namespace}: `;
    talk(`${style.red("error:")} ${place}${error.message}${error.hint === undefined ? "" : `\n${error.hint}`}`);
  }
}

function optionsOf({ dryRun, forceConflicts, allowUntried }: DeployFlags): DeployOptions {
  return { dryRun: dryRun ?? false, force: forceConflicts ?? false, allowUntried: allowUntried ?? false };
}
