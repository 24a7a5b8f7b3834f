import { DEFAULT_TIMEOUT } from "../../runtime/job/definition.ts";
import { parseDuration } from "../../runtime/job/duration.ts";
import { createClient } from "../../runtime/kube/client.ts";
import type { ClusterConfig } from "../../runtime/kube/config/cluster-config.ts";
import { guardProcess } from "../../runtime/run/lifecycle/process-guard.ts";
import { Run } from "../../runtime/run/lifecycle/run.ts";
import { GRACE_MS } from "../../runtime/run/lifecycle/stop.ts";
import type { Redactor } from "../../runtime/run/output/redactor.ts";
import { exitCodeOf } from "../../runtime/run/report/outcome.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { secretReader } from "../cluster/identities.ts";
import type { Params } from "../params/read-params.ts";
import type { JobFile } from "../project/job-file.ts";
import { talk } from "../terminal/talk.ts";
import { parseReport } from "./history/report-text.ts";
import { describeLogLine } from "./log.ts";
import { silenceStderr, watchLoop } from "./loop-watch.ts";
import { ProgressFollower } from "./progress.ts";
import { tellSilence } from "./silence.ts";

export interface RunHereOptions {
  /** As whom the job acts. */
  readonly config: ClusterConfig;
  /** As whom its secrets are read: in a pod the kubelet does that, and not the job. */
  readonly secretsConfig: ClusterConfig;
  /** Variables that the pod would have. */
  readonly env: Readonly<Record<string, string>>;
  readonly params: Params;
  readonly dryRun: boolean;
  /** Knows the credentials already. */
  readonly redactor: Redactor;
  /** Told what the job logs, one line each. */
  readonly onLine: (line: string) => void;
  /** Told how far the job says it is, where only the newest counts. */
  readonly onProgress: (text: string) => void;
  /** Given the report just before the process ends; must be done when it returns. */
  readonly onReport: (report: Report) => void;
}

/** How much later than its timeout a run is broken off whose event loop nobody else gets a turn in, in milliseconds. */
const BLOCKED_AFTER_MS = 500;

/** How often it is looked how far the job is, in milliseconds. */
const PROGRESS_MS = 1_000;

/**
 * Runs a job in this process, against a cluster and as the person of the kubeconfig, but with the guard, the limits, the rehearsal and the ends that
 * it has in its pod: Ctrl-C cancels it as SIGTERM does there, and ends it at once when it comes again; `process.exit` is no success, and a job that
 * blocks the event loop times out all the same. Ends the process with the outcome's exit code.
 */
export function runHere(
  job: JobFile,
  { config, secretsConfig, env, params, dryRun, redactor, onLine, onProgress, onReport }: RunHereOptions,
): Promise<never> {
  // What this shell says of a variable is nearer than what files say.
  for (const [name, value] of Object.entries(env)) process.env[name] ??= value;
  const timeoutMs = parseDuration(job.definition.timeout ?? DEFAULT_TIMEOUT);
  const onRetry = tellSilence({ server: config.server, deadline: Date.now() + timeoutMs, tell: talk });
  const run = new Run({
    facts: {
      job: job.name,
      namespace: config.namespace,
      revision: "local",
      identity: { id: `${job.name}-local`, attempt: 1, trigger: "local" },
      dryRun,
    },
    inputs: {
      job: () => job.definition,
      params: () => params,
      config: async () => config,
      secret: secretReader(secretsConfig),
    },
    createClient: (options) => createClient({ ...options, onRetry }),
    redactor,
    writeLine: (line) => {
      if (parseReport(line) === undefined) onLine(describeLogLine(line));
    },
  });
  const progress = new ProgressFollower(async () => run.report(), onProgress, PROGRESS_MS);
  let isBrokenOff = false;
  const abandon = guardProcess(run, {
    exitCodeOf,
    leave: (report) => {
      progress[Symbol.dispose]();
      onReport(report);
      if (isBrokenOff) silenceStderr();
    },
  });
  endAtSecondSignal(run);
  watchLoop(timeoutMs + BLOCKED_AFTER_MS, () => {
    isBrokenOff = true;
    run.expire();
    abandon(new Error("it blocked the event loop and was stopped"));
  });
  progress.follow(job.name);
  void run.start();
  return new Promise(() => {});
}

/** The job has its grace once: a person who asks again does not want to wait for it. */
function endAtSecondSignal(run: Run): void {
  let isAsked = false;
  const onSignal = (): void => {
    if (isAsked) run.abandon(run.signal.reason);
    else if (run.report().outcome === "running")
      talk(`Stopping (up to ${GRACE_MS.cancelled / 1_000} s). Ctrl-C again to kill.`);
    isAsked = true;
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, onSignal);
}
