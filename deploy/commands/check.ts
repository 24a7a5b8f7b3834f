import type { Command } from "commander";
import type { Explanation } from "../cluster/explain-error.ts";
import type { CheckedCluster } from "../diagnose/checks/check-cluster.ts";
import type { CheckedJob } from "../diagnose/checks/check-job.ts";
import type { PreparedJob } from "../project/prepare.ts";
import { CommandError } from "../terminal/command-error.ts";
import {
  addClusterFlags,
  addImageFlags,
  addOutputFlag,
  type ClusterFlags,
  type ImageFlags,
  type OutputFlags,
} from "./options.ts";

interface CheckFlags extends ClusterFlags, ImageFlags, OutputFlags {
  readonly showConfig?: true;
  readonly cluster?: true;
  readonly types: boolean;
}

const HELP_END = `
Examples:
  errand check jobs
  errand check jobs/pod-cleanup.ts --env production --show-config
  errand check jobs/pod-cleanup.ts --cluster -n ops`;

export function addCheckCommand(program: Command): void {
  const command = program
    .command("check")
    .description("find what is wrong with job files, and say what they would do; needs no cluster")
    .argument("<file...>", "job files, or folders of them")
    .option("--show-config", "also print every setting that is in force, and where it comes from")
    .option("--cluster", "also ask the cluster: may you deploy it, and would it run there; nothing is applied")
    .option("--no-types", "do not let the project's own TypeScript check the types")
    .addHelpText("after", HELP_END)
    .action(check);
  addOutputFlag(addClusterFlags(addImageFlags(command)));
}

interface Prepared {
  readonly file: string;
  readonly job: PreparedJob;
  /** Absent where no cluster was asked. */
  readonly cluster?: CheckedCluster;
}

async function check(words: readonly string[], flags: CheckFlags): Promise<void> {
  const { checkJob } = await import("../diagnose/checks/check-job.ts");
  const { findJobFiles } = await import("../project/job-file.ts");
  const { describeCheck, describeConfig } = await import("./answers/describe-check.ts");
  const { answer } = await import("../terminal/answer.ts");
  refuseTargetWithoutCluster(flags);
  const files = findJobFiles(words);
  const good = await prepareAll(files, flags);
  if (good.length === 0) return;
  const types = flags.types ? await typesOf(good) : [];
  const prepared = flags.cluster ? await askCluster(good, flags) : good;
  if (prepared.length === 0) return;
  const checked = prepared.map(({ file, job, cluster }): CheckedJob => {
    const ofTypes = types[good.findIndex((each) => each.file === file)];
    return {
      ...checkJob(file, job, new Date()),
      ...(ofTypes === undefined ? {} : { types: ofTypes }),
      ...(cluster === undefined ? {} : { cluster }),
    };
  });
  for (const each of checked) await sayFindings(each);
  const text = (job: CheckedJob) => `${describeCheck(job)}${flags.showConfig ? `\n\n${describeConfig(job)}` : ""}`;
  answer(flags.output, files.length === 1 ? checked[0] : checked, () => checked.map(text).join("\n\n"));
}

function refuseTargetWithoutCluster({ cluster, namespace, context, kubeconfig }: CheckFlags): void {
  const [first] = Object.entries({ "-n": namespace, "--context": context, "--kubeconfig": kubeconfig }).filter(
    ([, value]) => value !== undefined,
  );
  if (cluster || first === undefined) return;
  throw new CommandError(`${first[0]} says which cluster or namespace, and none is asked`, { hint: "Add --cluster." });
}

/** What is wrong with one file does not keep the others from being checked. */
async function prepareAll(files: readonly string[], flags: CheckFlags): Promise<Prepared[]> {
  const { prepareJob } = await import("../project/prepare.ts");
  const { explainError } = await import("../cluster/explain-error.ts");
  const prepared: Prepared[] = [];
  for (const file of files) {
    try {
      prepared.push({ file, job: await prepareJob(file, flags) });
    } catch (error) {
      await sayError(explainError(error));
    }
  }
  return prepared;
}

async function typesOf(prepared: readonly Prepared[]) {
  const { checkTypes } = await import("../diagnose/checks/type-check.ts");
  return await checkTypes(prepared.map(({ job }) => job.file));
}

/** What only the cluster knows of the jobs' custom resources is known of them from then on. What one job meets does not keep the others from being asked about. */
async function askCluster(prepared: readonly Prepared[], flags: CheckFlags): Promise<Prepared[]> {
  const { connect } = await import("../project/connect.ts");
  const { withScopes } = await import("../release/find-scopes.ts");
  const { checkCluster } = await import("../diagnose/checks/check-cluster.ts");
  const { explainError } = await import("../cluster/explain-error.ts");
  await using target = await connect(flags);
  const asked = await Promise.allSettled(
    prepared.map(async ({ file, job }) => {
      const known = await withScopes(target.api, job);
      return { file, job: known, cluster: await checkCluster(target, known) };
    }),
  );
  const failed = asked.filter((each) => each.status === "rejected");
  for (const { reason } of new Map(failed.map((each) => [explainError(each.reason).message, each])).values())
    await sayError(explainError(reason));
  return asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
}

async function sayFindings({ file, warnings, types, cluster }: CheckedJob): Promise<void> {
  const { style } = await import("../terminal/style.ts");
  const { talk } = await import("../terminal/talk.ts");
  for (const warning of warnings) talk(`${style.yellow("warning:")} ${file}: ${warning}`);
  if (types?.state === "checked") {
    for (const message of types.errors) await sayError({ message, exitCode: new CommandError("").exitCode });
  }
  for (const problem of cluster?.problems ?? [])
    await sayError({ message: `${file}: ${problem}`, exitCode: cluster?.exitCode ?? 1 });
}

async function sayError({ message, hint, exitCode }: Explanation): Promise<void> {
  const { style } = await import("../terminal/style.ts");
  const { talk } = await import("../terminal/talk.ts");
  talk(`${style.red("error:")} ${message}${hint === undefined ? "" : `\n${hint}`}`);
  process.exitCode = exitCode;
}
