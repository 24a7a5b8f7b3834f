import type { Command } from "commander";
import type { Redactor } from "../../runtime/run/output/redactor.ts";
import type { ParamSources } from "../params/complete-params.ts";
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

interface RunFlags extends ClusterFlags, OutputFlags, ParamFlags {
  readonly dryRun?: true;
  readonly embedded?: true;
  readonly asJob?: true;
  readonly timeout?: number;
}

export function addRunCommand(program: Command): void {
  const command = program
    .command("run")
    .description("run a job file here, against the cluster of the kubeconfig, as you; its declared access is enforced")
    .argument("<file>", "job file")
    .option("--embedded", "run it on a Kubernetes API in memory that has pods to play with: no cluster is needed")
    .option("--as-job", "act as the deployed job's ServiceAccount, with the rights that it has in its pod")
    .option("--timeout <duration>", "instead of the job's own timeout, such as 30s; not with --embedded", durationFlag)
    .option("-w, --wait", "taken for the sake of trigger: a run here is always waited for")
    .addHelpText("after", "\nExample: errand run jobs/pod-cleanup.ts -n ops --param olderThan=2h --dry-run")
    .action(run);
  addParamFlags(addOutputFlag(addClusterFlags(command)));
}

async function run(file: string, flags: RunFlags): Promise<void> {
  const sources = await paramSources(flags);
  if (flags.embedded) {
    if (flags.timeout !== undefined) throw new CommandError("--timeout and --embedded do not go together");
    if (flags.asJob) throw new CommandError("--as-job and --embedded do not go together: there it always is the job");
    const { runEmbedded } = await import("./run-embedded.ts");
    process.exitCode = await runEmbedded({ ...flags, ...sources, file, dryRun: flags.dryRun ?? false });
    return;
  }
  const { createRedactor } = await import("../../runtime/run/output/redactor.ts");
  const { guardJobOutput } = await import("../terminal/job-output.ts");
  process.setSourceMapsEnabled(true);
  const redactor = createRedactor();
  const giveOutputBack = guardJobOutput(redactor);
  try {
    await runAsPerson(file, flags, { sources, redactor, giveOutputBack });
  } finally {
    giveOutputBack();
  }
}

interface RunParts {
  readonly sources: ParamSources;
  readonly redactor: Redactor;
  readonly giveOutputBack: () => void;
}

async function runAsPerson(
  file: string,
  flags: RunFlags,
  { sources, redactor, giveOutputBack }: RunParts,
): Promise<void> {
  const { validateLocally } = await import("../project/validate-locally.ts");
  const { withConfiguredTarget } = await import("../project/connect.ts");
  const { loadTarget } = await import("../kubeconfig/target.ts");
  const { resolveSettings } = await import("../project/load-config.ts");
  const { knowCredentials } = await import("../terminal/job-output.ts");
  const { runHere } = await import("../runs/run-here.ts");
  const { answer } = await import("../terminal/answer.ts");
  const { describeReport } = await import("./answers/describe-report.ts");
  const { talk } = await import("../terminal/talk.ts");
  // Before a line of the job's file runs; what is wrong with the kubeconfig is said after what is wrong with the file.
  const knownTarget = async () => {
    const { config: known, context } = await loadTarget(await withConfiguredTarget(flags));
    return { own: await knowCredentials(known, redactor), context };
  };
  const [loading] = await Promise.allSettled([knownTarget()]);
  const { job, params } = await validateLocally(file, sources);
  const { settings } = await resolveSettings(file, job.definition, flags);
  if (loading.status === "rejected") throw loading.reason;
  const { own, context } = loading.value;
  const account = { namespace: own.namespace, name: job.definition.serviceAccountName ?? job.name };
  const config = flags.asJob ? await (await import("../cluster/as-job.ts")).asJob(own, account) : own;
  const dryRun = flags.dryRun ?? false;
  const who = flags.asJob ? ` as ServiceAccount ${account.name}` : "";
  talk(`${job.name} runs here${who}${dryRun ? " (dry run)" : ""}: context ${context}, namespace ${own.namespace}`);
  const timeout = flags.timeout === undefined ? {} : { timeout: `${flags.timeout}ms` };
  await runHere(
    { ...job, definition: { ...job.definition, ...timeout } },
    {
      config,
      secretsConfig: own,
      env: settings.env ?? {},
      params,
      dryRun,
      redactor,
      onLine: talk,
      onReport: (report) => {
        giveOutputBack();
        answer(flags.output, report, () => describeReport(report));
      },
    },
  );
}

async function paramSources({ param, params }: ParamFlags): Promise<ParamSources> {
  const { readParamsFile } = await import("../params/read-params.ts");
  return { param, given: params === undefined ? undefined : await readParamsFile(params) };
}
