import { readFileSync } from "node:fs";
import { createClient } from "./kube/client.ts";
import type { ClusterConfig } from "./kube/config/cluster-config.ts";
import { loadInClusterConfig, SERVICE_ACCOUNT_FOLDER } from "./kube/config/in-cluster.ts";
import type { Trace } from "./kube/pipeline/stats.ts";
import type { RunPlan } from "./kube/plan/run-plan.ts";
import { guardProcess } from "./run/lifecycle/process-guard.ts";
import { Run } from "./run/lifecycle/run.ts";
import { parseParams } from "./run/lifecycle/schemas.ts";
import { systemClock } from "./run/output/clock.ts";
import { guardOutput } from "./run/output/guard-output.ts";
import { LogTail } from "./run/output/log-tail.ts";
import { createLogger, type Logger } from "./run/output/logger.ts";
import { openOutput, writerTo } from "./run/output/output.ts";
import { createRedactor, type Redactor } from "./run/output/redactor.ts";
import { type PodSettings, readPodSettings } from "./run/pod/environment.ts";
import { openTerminationLog, startFlightRecorder, type TerminationLog } from "./run/pod/flight-recorder.ts";
import type { PlanSource } from "./run/pod/load-plan.ts";
import { mountedSecrets, readSecretParams, secretFileReader } from "./run/pod/secret-files.ts";
import { showJobLines } from "./run/pod/stack-traces.ts";
import { MemoryTrend } from "./run/report/memory-trend.ts";
import { exitCodeOf } from "./run/report/outcome.ts";
import type { StatusSource } from "./status/source.ts";

/**
 * Runs a job in its pod, from the environment to the exit code, and ends the process: never returns.
 *
 * @param job a job file's default export, or a function that returns it; with a function, errors while the file loads are reported too
 * @param readSourceMap returns the bundle's source map as JSON; absent if the code is not a bundle
 */
export function runInPod(job: unknown, readSourceMap?: () => string): Promise<never> {
  if (readSourceMap !== undefined) showJobLines(readSourceMap);
  const settings = readPodSettings(process.env);
  const redactor = createRedactor();
  const secretParams = readSecretParams(settings.secretParams);
  redactor.add([...mountedSecrets(settings.secretsFolder), ...Object.values(secretParams.values)]);
  const tail = new LogTail();
  const output = openOutput(both(tail, writerTo(1)), redactor);
  const errorOutput = openOutput(both(tail, writerTo(2)), redactor);
  guardOutput({ stdout: output, stderr: errorOutput });
  const log = createLogger({ writeLine: output.writeLine, clock: systemClock, redactor });
  const terminationLog = openOrWarn(settings.terminationLog, log);
  const requests = new Map<string, number>();
  const onRequest = requestCounter(requests);
  const memory = new MemoryTrend();
  setInterval(() => memory.add(process.memoryUsage.rss()), MEMORY_SAMPLE_MS).unref();
  const run = new Run({
    facts: { ...settings.facts, node: { version: process.version } },
    inputs: {
      job: () => (typeof job === "function" ? job() : job),
      params: () => {
        if (secretParams.error !== undefined) throw secretParams.error;
        return { ...parseParams(settings.paramsText), ...secretParams.values };
      },
      config: () => configOf(settings, log, redactor),
      secret: secretFileReader(settings.secretsFolder),
      plan: settings.plan && planLoader(settings.plan),
    },
    createClient: (options) => createClient({ ...options, onRequest }),
    writeLine: output.writeLine,
    redactor,
    measures: { memory: () => memory.report(), requests },
    onProgress: () => recorder.touch(),
  });
  const ended = new AbortController();
  const status: StatusSource = {
    report: () => run.report(),
    metrics: () => run.metrics(),
    log: tail,
    ended: ended.signal,
    streams: { open: 0 },
    openAddresses: settings.openAddresses,
    memoryLimitBytes: () => {
      const bytes = process.constrainedMemory();
      return bytes > 0 && bytes < NO_LIMIT_BYTES ? bytes : undefined;
    },
  };
  setTimeout(() => void openStatus(settings.statusPort, status, log), STATUS_AFTER_MS).unref();
  const recorder = startFlightRecorder({
    read: () => run.report(),
    store: terminationLog,
    clock: systemClock,
    onError: (error) => log.warn("could not write the termination log", { error }),
  });
  guardProcess(run, {
    exitCodeOf,
    stay: () => {
      ended.abort();
      return farewell(run.lingerMs, status.streams.open);
    },
    leave: (report) => {
      recorder.finish(report);
      terminationLog.finish();
      errorOutput.flush();
      output.writeLine(JSON.stringify(report));
    },
  });
  void run.start();
  return new Promise(() => {});
}

/**
 * Delay of the status endpoint, in milliseconds: a shorter run does not need one. Listening makes Node look up the address and compile its IPv6 pattern,
 * which takes 10 ms while a short job waits for its first answer.
 */
const STATUS_AFTER_MS = 100;

/** A control group without a limit is said to have 2^64 bytes or so. */
const NO_LIMIT_BYTES = 2 ** 50;

/** How long the process stays after its report: as long as its job says, or one turn of the event loop, in which open streams are told of the end as far as their readers have room for it. */
function farewell(lingerMs: number, openStreams: number): Promise<void> | undefined {
  if (lingerMs > 0) return new Promise((resolve) => setTimeout(resolve, lingerMs));
  return openStreams > 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined;
}

/** How often memory is looked at, in milliseconds. A look takes some microseconds. */
const MEMORY_SAMPLE_MS = 1_000;

/** Limits what a job's requests can add to the report and the metrics. */
const REQUEST_SERIES_MAX = 500;

function requestCounter(counts: Map<string, number>): (trace: Trace) => void {
  return ({ verb, resource, status = "none" }) => {
    const key = `${verb} ${resource} ${status}`;
    const count = counts.get(key) ?? 0;
    if (count > 0 || counts.size < REQUEST_SERIES_MAX) counts.set(key, count + 1);
  };
}

/** Loaded only by a run with a plan. */
function planLoader(plan: PlanSource): () => Promise<RunPlan> {
  return async () => (await import("./run/pod/load-plan.ts")).loadPlan(plan);
}

/** Shorter text is not a token, which has hundreds of characters, and would match ordinary words. */
const SHORTEST_TOKEN = 8;

/** Registers each token with the redactor before its first use, including rotated ones. */
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
      const text = readFileSync(path, "utf8"); // read before the job's file is loaded
      if (path === `${folder}/token` && text.length >= SHORTEST_TOKEN) redactor.add(text);
      return text;
    },
  });
}

/** A process started by hand has no such file; its report is then only the log's last line. */
function openOrWarn(path: string, log: Logger): TerminationLog {
  try {
    return openTerminationLog(path);
  } catch (error) {
    log.warn(`could not open the termination log ${path}: a killed run will leave no report`, { error });
    return { replace: () => {}, finish: () => {} };
  }
}

async function openStatus(port: number, source: StatusSource, log: Logger): Promise<void> {
  const onError = (error: unknown): void => log.warn(`no status endpoint: could not open port ${port}`, { error });
  try {
    const { startStatusServer } = await import("./status/server.ts");
    startStatusServer({
      port,
      source,
      onListening: (listening, isOpen) =>
        log.info(isOpen ? "metrics endpoint is listening" : "status endpoint is listening", { port: listening }),
      onError,
    });
  } catch (error) {
    onError(error);
  }
}

/** What is printed goes to the log, and its newest part is kept. */
function both(tail: LogTail, write: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  return (bytes) => {
    write(bytes);
    tail.write(bytes);
  };
}
