import { builtinCatalog } from "../../runtime/kube/catalog.ts";
import { createClient } from "../../runtime/kube/client.ts";
import type { ClusterConfig } from "../../runtime/kube/cluster-config.ts";
import { exitCodeOf } from "../../runtime/run/exit-code.ts";
import { guardProcess } from "../../runtime/run/process-guard.ts";
import { createRedactor } from "../../runtime/run/redactor.ts";
import type { Report } from "../../runtime/run/report.ts";
import { startRun } from "../../runtime/run/start-run.ts";
import { secretReader } from "../cluster/secret-reader.ts";
import { parseReport } from "../history/report-text.ts";
import type { JobFile } from "../job-file.ts";
import { describeLogLine } from "../output/describe-log-line.ts";
import { divertStdout } from "../output/divert-stdout.ts";
import type { Params } from "../params/read-params.ts";

export interface RunHereOptions {
  /** As whom the job acts. */
  readonly config: ClusterConfig;
  /** As whom its secrets are read: in a pod the kubelet does that, and not the job. */
  readonly secretsConfig: ClusterConfig;
  /** Variables that the pod would have. */
  readonly env: Readonly<Record<string, string>>;
  readonly params: Params;
  readonly dryRun: boolean;
  /** Told what the job logs, one line each. */
  readonly onLine: (line: string) => void;
  /** Given the report just before the process ends; must be done when it returns. */
  readonly onReport: (report: Report) => void;
}

/**
 * Runs a job in this process, against a cluster and as the person of the kubeconfig, but with the guard, the limits, the rehearsal and the ends that
 * it has in its pod: Ctrl-C cancels it as SIGTERM does there, and `process.exit` is no success. Ends the process with the outcome's exit code.
 */
export function runHere(
  job: JobFile,
  { config, secretsConfig, env, params, dryRun, onLine, onReport }: RunHereOptions,
): Promise<never> {
  // What this shell says of a variable is nearer than what files say.
  for (const [name, value] of Object.entries(env)) process.env[name] ??= value;
  const redactor = createRedactor();
  const giveStdoutBack = divertStdout(redactor.text);
  const run = startRun({
    job: job.name,
    namespace: config.namespace,
    revision: "local",
    identity: { id: `${job.name}-local`, attempt: 1, trigger: "local" },
    dryRun,
    loadJob: () => job.definition,
    readParams: () => params,
    loadConfig: () => Promise.resolve(config),
    readSecret: secretReader(secretsConfig),
    createClient,
    catalog: builtinCatalog,
    redactor,
    writeLine: (line) => {
      if (parseReport(line) === undefined) onLine(describeLogLine(line));
    },
  });
  guardProcess(run, {
    exitCodeOf,
    leave: (report) => {
      giveStdoutBack();
      onReport(report);
    },
  });
  return new Promise(() => {});
}
