import { readFileSync } from "node:fs";
import { builtinCatalog } from "./kube/catalog/builtin.ts";
import { createClient } from "./kube/client.ts";
import type { ClusterConfig } from "./kube/config/cluster-config.ts";
import { loadInClusterConfig, SERVICE_ACCOUNT_FOLDER } from "./kube/config/in-cluster.ts";
import type { Trace } from "./kube/pipeline/stats.ts";
import type { RunPlan } from "./kube/plan/run-plan.ts";
import type { Logger } from "./run/lifecycle/context.ts";
import { parseParams } from "./run/lifecycle/params.ts";
import { guardProcess } from "./run/lifecycle/process-guard.ts";
import { type RunHandle, startRun } from "./run/lifecycle/start-run.ts";
import { systemClock } from "./run/output/clock.ts";
import { guardOutput } from "./run/output/guard-output.ts";
import { createLogger } from "./run/output/logger.ts";
import { openOutput, writerTo } from "./run/output/output.ts";
import { createRedactor, type Redactor } from "./run/output/redactor.ts";
import { startFlightRecorder } from "./run/pod/flight-recorder.ts";
import type { PlanSource } from "./run/pod/load-plan.ts";
import { type PodSettings, readPodSettings } from "./run/pod/pod-settings.ts";
import { mountedSecrets, readSecretParams, secretFileReader } from "./run/pod/secret-files.ts";
import { showJobLines } from "./run/pod/stack-traces.ts";
import { openTerminationLog, type TerminationLog } from "./run/pod/termination-log.ts";
import { exitCodeOf } from "./run/report/exit-code.ts";
import type { MetricsText } from "./status/metrics.ts";

/**
 * Runs a job in its pod, from the environment to the exit code, and ends the process: what stands after it is not reached.
 *
 * @param job a job file's default export, or a function that gives it; with a function, what the file throws while it loads is reported too
 * @param readSourceMap gives the bundle's, as JSON; absent where no bundle runs
 */
export function runInPod(job: unknown, readSourceMap?: () => string): Promise<never> {
  if (readSourceMap !== undefined) showJobLines(readSourceMap);
  const settings = readPodSettings(process.env);
  const redactor = createRedactor();
  const secretParams = readSecretParams(settings.secretParams);
  redactor.add([...mountedSecrets(settings.secretsFolder), ...Object.values(secretParams.values)]);
  const output = openOutput(writerTo(1), redactor);
  const errorOutput = openOutput(writerTo(2), redactor);
  guardOutput({ stdout: output, stderr: errorOutput });
  const log = createLogger({ writeLine: output.writeLine, clock: systemClock, redactor });
  const terminationLog = openOrWarn(settings.terminationLog, log);
  const requests = new Map<string, number>();
  const onRequest = settings.openAddresses.length === 0 ? undefined : requestCounter(requests);
  const run: RunHandle = startRun({
    ...settings.facts,
    node: { version: process.version },
    loadJob: () => (typeof job === "function" ? job() : job),
    readParams: () => {
      if (secretParams.error !== undefined) throw secretParams.error;
      return { ...parseParams(settings.paramsText), ...secretParams.values };
    },
    loadPlan: settings.plan === undefined ? undefined : planLoader(settings.plan),
    readSecret: secretFileReader(settings.secretsFolder),
    loadConfig: () => configOf(settings, log, redactor),
    createClient: (options) => createClient({ ...options, onRequest }),
    catalog: builtinCatalog,
    writeLine: output.writeLine,
    redactor,
    serviceAccount: settings.serviceAccount,
    onProgress: () => recorder.touch(),
  });
  setTimeout(() => void openStatus(settings, { report: run.report, requests }, log), STATUS_AFTER_MS).unref();
  const recorder = startFlightRecorder({
    read: run.report,
    store: terminationLog,
    clock: systemClock,
    onError: (error) => log.warn("the termination log cannot be written", { error }),
  });
  guardProcess(run, {
    exitCodeOf,
    leave: (report) => {
      recorder.finish(report);
      terminationLog.finish();
      errorOutput.flush();
      output.writeLine(JSON.stringify(report));
    },
  });
  return new Promise(() => {});
}

/**
 * A run that is over by then has no status endpoint, since nobody could have asked it anything, in milliseconds. To listen at an address takes Node a look-up and the expression of
 * all IPv6 addresses: 10 ms, while a short job waits for its first answer.
 */
const STATUS_AFTER_MS = 100;

/** What the metrics of a run are made of. */
interface MeasuredRun extends Pick<RunHandle, "report"> {
  /** `VERB RESOURCE STATUS` → how many. */
  readonly requests: ReadonlyMap<string, number>;
}

/** Bounds what a job's requests can make of the metrics. */
const REQUEST_SERIES_MAX = 500;

function requestCounter(counts: Map<string, number>): (trace: Trace) => void {
  return ({ verb, resource, status = "none" }) => {
    const key = `${verb} ${resource} ${status}`;
    const count = counts.get(key) ?? 0;
    if (count > 0 || counts.size < REQUEST_SERIES_MAX) counts.set(key, count + 1);
  };
}

async function metricsOf({ report, requests }: MeasuredRun, accept: string): Promise<MetricsText> {
  const { metricsText } = await import("./status/metrics.ts");
  return metricsText(report(), requests, accept);
}

/** Loaded only by a run that makes a plan or keeps to one. */
function planLoader(plan: PlanSource): () => Promise<RunPlan> {
  return async () => (await import("./run/pod/load-plan.ts")).loadPlan(plan);
}

/** A ServiceAccount's token has some hundred characters. What is shorter than this is nobody's, and would be found in words. */
const SHORTEST_TOKEN = 8;

/** Each token is known as a secret before anybody can use it, also those that the kubelet brings later. */
function configOf(
  { serviceAccountFolder: folder = SERVICE_ACCOUNT_FOLDER }: PodSettings,
  log: Logger,
  redactor: Redactor,
): Promise<ClusterConfig> {
  return loadInClusterConfig({
    env: process.env,
    folder,
    onWarning: (text) => log.warn(text),
    readFile: async (path) => {
      const text = readFileSync(path, "utf8"); // at once: the job's file is loaded next
      if (path === `${folder}/token` && text.length >= SHORTEST_TOKEN) redactor.add(text);
      return text;
    },
  });
}

/** A process that was started by hand has no such file: its report is the log's last line all the same. */
function openOrWarn(path: string, log: Logger): TerminationLog {
  try {
    return openTerminationLog(path);
  } catch (error) {
    log.warn(`the termination log ${path} cannot be opened: a killed run will leave no report`, { error });
    return { replace: () => {}, finish: () => {} };
  }
}

async function openStatus({ statusPort, openAddresses }: PodSettings, run: MeasuredRun, log: Logger): Promise<void> {
  const onError = (error: unknown): void =>
    log.warn(`no status endpoint: port ${statusPort} cannot be opened`, { error });
  try {
    const { startStatusServer } = await import("./status/server.ts");
    startStatusServer({
      port: statusPort,
      source: openAddresses.length === 0 ? run : { ...run, metrics: (accept) => metricsOf(run, accept) },
      openAddresses,
      onListening: (port, isOpen) => log.info(isOpen ? "metrics are open" : "status endpoint listens", { port }),
      onError,
    });
  } catch (error) {
    onError(error);
  }
}
