import { createRedactor, type Redactor } from "../../runtime/run/output/redactor.ts";
import { refuseMissingNamespace } from "../cluster/choose-namespaces.ts";
import { openCluster } from "../cluster/connect.ts";
import { asJob } from "../cluster/identities.ts";
import { startTypeCheck } from "../diagnose/checks/type-check.ts";
import { loadTarget, type Target } from "../kubeconfig/target.ts";
import type { ParamSources } from "../params/complete-params.ts";
import { readParamsFile } from "../params/read-params.ts";
import type { JobFile } from "../project/job-file.ts";
import { withConfiguredTarget } from "../project/load-config.ts";
import { validateLocally } from "../project/params.ts";
import { runHere } from "../runs/run-here.ts";
import { answer } from "../terminal/answer.ts";
import { CommandError } from "../terminal/command-error.ts";
import { guardJobOutput, knowCredentials } from "../terminal/job-output.ts";
import { StatusLine } from "../terminal/live.ts";
import { talk } from "../terminal/talk.ts";
import { describeReport } from "./answers/describe-report.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { RUN } from "./declared/running.ts";

type RunFlags = FlagsOf<typeof RUN>;

export async function run(file: string, flags: RunFlags): Promise<void> {
  const sources = await paramSources(flags);
  if (flags.embedded) {
    // Loads a whole Kubernetes API, which no other command needs.
    const { runEmbedded } = await import("./run-embedded.ts");
    process.exitCode = await runEmbedded({ ...flags, ...sources, file, dryRun: flags.dryRun ?? false });
    return;
  }
  process.setSourceMapsEnabled(true);
  const redactor = createRedactor();
  using status = new StatusLine();
  const giveOutputBack = guardJobOutput(redactor, (text) => status.write(text));
  try {
    await runAsPerson(file, flags, { sources, redactor, status, giveOutputBack });
  } finally {
    giveOutputBack();
  }
}

interface RunParts {
  readonly sources: ParamSources;
  readonly redactor: Redactor;
  readonly status: StatusLine;
  readonly giveOutputBack: () => void;
}

async function runAsPerson(
  file: string,
  flags: RunFlags,
  { sources, redactor, status, giveOutputBack }: RunParts,
): Promise<void> {
  using typeCheck = startTypeCheck([file], flags);
  // Read before a line of the job's file runs, but a problem with the file is reported before one with the kubeconfig.
  const knownTarget = async () => {
    const { config: known, context } = await loadTarget(await withConfiguredTarget(flags));
    return { own: await knowCredentials(known, redactor), context };
  };
  const [loading] = await Promise.allSettled([knownTarget()]);
  const { job, params, settings } = await validateLocally(file, sources, { flags });
  if (loading.status === "rejected") throw loading.reason;
  const { own, context } = loading.value;
  await Promise.all([typeCheck.refuseErrors(), refuseNowhere(job, { config: own, context })]);
  const account = { namespace: own.namespace, name: job.definition.serviceAccountName ?? job.name };
  const config = flags.asJob ? await asJob(own, account) : own;
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
      onProgress: (text) => status.show(text),
      onReport: (report) => {
        giveOutputBack();
        status[Symbol.dispose]();
        answer(flags.output, report, () => describeReport(report));
      },
    },
  );
}

/** A namespace that does not exist has nothing to list, so a run there would succeed. Any other problem with the cluster is left to the report. */
async function refuseNowhere({ rules }: JobFile, target: Target): Promise<void> {
  if (rules.length === 0) return;
  await using cluster = openCluster(target);
  await refuseMissingNamespace(cluster.client, cluster.namespace).catch((error: unknown) => {
    if (error instanceof CommandError) throw error;
  });
}

async function paramSources({ param, params }: RunFlags): Promise<ParamSources> {
  return { param, given: params === undefined ? undefined : await readParamsFile(params) };
}
