import { createHttp, type HttpClient } from "../../http/http.ts";
import type { Json } from "../../job/definition.ts";
import { type Client, type ClientOptions, createClient } from "../../kube/client.ts";
import { type Clock, systemClock } from "../output/clock.ts";
import { type JobMetric, JobMetrics } from "../output/job-metrics.ts";
import { createLogger, type Logger } from "../output/logger.ts";
import { createRedactor, type Redactor } from "../output/redactor.ts";
import { classifyFailure, type Ending } from "../report/failure.ts";
import { NotJsonError, toJson } from "../report/json-value.ts";
import type { Report } from "../report/report.ts";
import type { RunContext } from "./job.ts";
import { admitParams, type LoadedRun, loadJob, missingConfig, type RunInputs, readSecrets } from "./load.ts";
import { createRunRecord, type PassKind, type RunFacts, type RunMeasures, type RunRecord } from "./run-record.ts";
import { checkResult, validateParams } from "./schemas.ts";
import { createStopper, endingOfStop, type Reaction, type StopCause, type Stopper } from "./stop.ts";

export interface RunOptions {
  readonly facts: RunFacts;
  readonly inputs: RunInputs;
  /** Takes one redacted line of the log, without its line break. */
  readonly writeLine: (line: string) => void;
  /** Called when the job reports progress. */
  readonly onProgress?: () => void;
  /** Shared with a caller that writes more than the log and must redact that too. */
  readonly redactor?: Redactor;
  /** Default: the client of `runtime/kube`. */
  readonly createClient?: (options: ClientOptions) => Client;
  /** Sends what the job calls through `http`. Default: Node's own fetch, over checked addresses. */
  readonly fetch?: typeof fetch | undefined;
  readonly clock?: Clock;
  /** Default: the process's peak resident memory. */
  readonly peakMemoryBytes?: () => number;
  readonly measures?: RunMeasures;
}

/** getrusage counts in KiB. */
const BYTES_PER_KIB = 1_024;
const processPeakBytes = (): number => process.resourceUsage().maxRSS * BYTES_PER_KIB;

/**
 * One run of a job, from its file to its report: loads the job, rehearses it if it has limits, and runs it. Leaves the process (signals, exit, files)
 * to its caller.
 */
export class Run {
  /** The job's signal. */
  readonly signal: AbortSignal;
  /** Resolves with the final report; never rejects. */
  readonly finished: Promise<Report>;
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  readonly #record: RunRecord;
  readonly #stopper: Stopper;
  readonly #log: Logger;
  readonly #finish: (report: Report) => void;
  /** The client of the current or last pass. */
  #client: Client | undefined;
  /** Closes the connections of that pass. */
  #disconnect = (): void => {};
  #final: Report | undefined;
  #lingerMs = 0;
  /** Of the real run. */
  #metrics: JobMetrics | undefined;

  /** The run's time starts now; {@link start} does the rest. */
  constructor(options: RunOptions) {
    const { facts, writeLine, clock = systemClock, redactor = createRedactor() } = options;
    this.#options = options;
    this.#clock = clock;
    this.#redactor = redactor;
    this.#log = createLogger({ writeLine, clock, redactor });
    const peakMemoryBytes = options.peakMemoryBytes ?? processPeakBytes;
    this.#record = createRunRecord(facts, { clock, redactor, peakMemoryBytes, measures: options.measures });
    this.#stopper = createStopper(clock, (cause) => {
      this.#settle(endingOfStop(this.#cause() ?? cause, { kind: "ignored" }));
      this.#cutOff();
    });
    this.signal = this.#stopper.signal;
    const { promise, resolve } = Promise.withResolvers<Report>();
    this.finished = promise;
    this.#finish = resolve;
  }

  /** Starts the run, once. @returns `finished` */
  start(): Promise<Report> {
    // In a microtask, which keeps the frames of the caller out of the job's stack traces.
    Promise.resolve()
      .then(() => this.#carryOut())
      .then(
        (result) => this.#end({ kind: "returned", result }),
        (thrown: unknown) => this.#end({ kind: "threw", thrown }),
      );
    return this.finished;
  }

  /** The report so far, or the final one. */
  report(): Report {
    return this.#record.report();
  }

  /** What the job counts of itself, without secrets; nothing before the real run. */
  metrics(): readonly JobMetric[] {
    return this.#metrics?.read(this.#redactor.text) ?? [];
  }

  /** How long the process is to stay after the report, in milliseconds; 0 before the job is loaded, and if the run ended before its job did. */
  get lingerMs(): number {
    return this.#lingerMs;
  }

  /** Aborts the job's `signal` and starts its grace period. @param by the source, such as SIGTERM */
  cancel(by: string): void {
    this.#stopper.stop({ kind: "cancelled", by });
  }

  /** Times the run out if the event loop is blocked and its own timer cannot fire. Does nothing before the job is loaded. */
  expire(): void {
    this.#stopper.expire();
  }

  /** Ends the run immediately with an error; a run that is already stopping ends as stopped. Nothing more is sent. @returns the final report */
  abandon(thrown: unknown): Report {
    if (this.#final !== undefined) return this.#final;
    const report = this.#end({ kind: "threw", thrown });
    this.#cutOff();
    return report;
  }

  async #carryOut(): Promise<Json | undefined> {
    const loaded = await this.#load();
    const isRehearsed = loaded.job.isRehearsed && !this.#options.facts.dryRun;
    const params = isRehearsed ? await this.#rehearse(loaded) : loaded.params;
    return checkResult(loaded.job.definition.result, await this.#call("main", { ...loaded, params }));
  }

  async #load(): Promise<LoadedRun> {
    const begunAt = this.#clock.now();
    const { facts, inputs } = this.#options;
    const { job: name, revision, identity, dryRun } = facts;
    this.#log.info("run begins", { job: name, revision, run: identity.id, attempt: identity.attempt, dryRun });
    const loadingConfig = inputs.config();
    loadingConfig.catch(() => {}); // awaited below, unless something before it fails first
    const job = await loadJob(inputs, this.#redactor);
    this.#stopper.stopAfter(begunAt + job.timeoutMs - this.#clock.now(), job.timeoutMs);
    this.#lingerMs = job.lingerMs;
    const plan = await inputs.plan?.();
    if (plan !== undefined) this.#record.setPlan(plan);
    const secrets = await readSecrets(job, inputs.secret, this.#redactor);
    const given = inputs.params();
    const notes = { redactor: this.#redactor, record: this.#record, log: this.#log };
    const params = await admitParams(job, given, notes);
    const config = await loadingConfig.catch((missing: unknown) => {
      if (job.rules.length > 0) throw missing;
      return missingConfig(facts.namespace, missing);
    });
    return { job, given, params, config, secrets, plan };
  }

  /** @returns parameters for the real run, validated again, because the job may have changed those of the rehearsal */
  async #rehearse(loaded: LoadedRun): Promise<unknown> {
    await this.#call("rehearsal", loaded);
    this.#stopper.expireIfDue();
    this.signal.throwIfAborted(); // also where the job caught what stopped it
    const crossed = this.#client?.crossed();
    if (crossed !== undefined) throw crossed;
    this.#log.info("rehearsal passed: starting the real run", { mutations: this.report().rehearsal?.mutations });
    return validateParams(loaded.job.definition.params, loaded.given);
  }

  /** Calls the job's `run` once, with its own client. */
  async #call(kind: PassKind, loaded: LoadedRun): Promise<unknown> {
    this.signal.throwIfAborted();
    const dryRun = this.#options.facts.dryRun || kind === "rehearsal";
    const client = this.#connect(kind, loaded, dryRun);
    this.#client = client;
    const calls = this.#openHttp(loaded, dryRun);
    this.#disconnect = () => void Promise.allSettled([client.close(), calls.close()]);
    this.#record.beginPass(kind, client.stats, calls);
    const { writeLine, facts } = this.#options;
    const parts = { writeLine, clock: this.#clock, redactor: this.#redactor };
    const metrics = new JobMetrics((text) => this.#log.warn(text), this.#redactor.text);
    if (kind === "main") this.#metrics = metrics;
    const context: RunContext = {
      kube: client.kube,
      http: calls.http as unknown as RunContext["http"],
      params: loaded.params,
      log: kind === "rehearsal" ? createLogger({ ...parts, fields: { rehearsal: true } }) : this.#log,
      progress: (value) => this.#noteProgress(value),
      metrics,
      signal: this.signal,
      dryRun,
      run: facts.identity,
      secrets: loaded.secrets,
    };
    try {
      const result = await loaded.job.definition.run(context);
      const cascades = dryRun ? await client.survey() : undefined;
      if (cascades !== undefined) this.#record.setCascades(cascades);
      return result;
    } finally {
      // Deferred and not awaited: a connection that closes slowly must not delay the run.
      setImmediate(this.#disconnect);
    }
  }

  #openHttp({ job, config }: LoadedRun, dryRun: boolean): HttpClient {
    return createHttp({
      hosts: job.hosts,
      namespace: config.namespace,
      dryRun,
      limit: job.definition.limits?.http,
      signal: this.signal,
      onLimit: (error) => this.#stopper.stop({ kind: "limited", error }),
      redact: this.#redactor.text,
      fetch: this.#options.fetch,
    });
  }

  #connect(kind: PassKind, { job, config, plan }: LoadedRun, dryRun: boolean): Client {
    const connect = this.#options.createClient ?? createClient;
    const onLimit = (error: Error): void => this.#stopper.stop({ kind: "limited", error });
    const { scope, limits, cascades } = job.definition;
    return connect({
      config,
      rules: job.rules,
      scope,
      limits,
      cascades: cascades === true,
      dryRun,
      plan: plan?.step(onLimit, { rehearses: kind === "rehearsal" }),
      signal: this.signal,
      serviceAccount: this.#options.facts.serviceAccount,
      onLimit,
    });
  }

  /** Invalid progress is logged and must not end a half-done run. */
  #noteProgress(value: Json): void {
    try {
      this.#record.setProgress(toJson(value, "progress"));
      this.#options.onProgress?.();
    } catch (error) {
      if (!(error instanceof NotJsonError)) throw error;
      this.#log.warn(`progress is not JSON and was ignored: ${error.message}`);
    }
  }

  #end(reaction: Exclude<Reaction, { kind: "ignored" }>): Report {
    this.#stopper.expireIfDue();
    const cause = this.#cause();
    if (cause !== undefined) return this.#settle(endingOfStop(cause, reaction));
    if (reaction.kind === "threw") return this.#settle(classifyFailure(reaction.thrown));
    return this.#settle({ outcome: "succeeded", result: reaction.result });
  }

  /** A dry run counts on beyond a limit: whatever ends it then, even its timeout, the limit is the cause. */
  #cause(): StopCause | undefined {
    const { cause } = this.#stopper;
    const error = this.#client?.crossed();
    const isLimit = error !== undefined && (cause === undefined || cause.kind === "timedOut");
    return isLimit ? { kind: "limited", error } : cause;
  }

  /** Only the first ending counts. Unless the job returned, what it left behind is told to stop. */
  #settle(ending: Ending): Report {
    if (this.#final !== undefined) return this.#final;
    this.#stopper.dispose();
    this.#final = this.#record.end(this.#record.pass === "rehearsal" ? explainRehearsal(ending) : ending);
    this.#finish(this.#final);
    if (ending.outcome !== "succeeded") this.#stopper.halt();
    return this.#final;
  }

  /** The job is still at work after the final report: it must not change anything, and the process does not stay for it. */
  #cutOff(): void {
    this.#lingerMs = 0;
    this.#disconnect();
  }
}

/** A correct job can fail in its rehearsal, because it cannot read back its writes there. */
function explainRehearsal(ending: Ending): Ending {
  if (ending.outcome !== "failed" || ending.error.hint !== undefined) return ending;
  const hint =
    "The job failed in its rehearsal, a dry run: nothing was changed. A job that reads back what it wrote needs `rehearse: false`.";
  return { ...ending, error: { ...ending.error, hint } };
}
