import { createHttp, type HttpClient } from "../../http/http.ts";
import type { Json } from "../../job/definition.ts";
import { type Client, type ClientOptions, createClient } from "../../kube/client.ts";
import { type Clock, systemClock } from "../output/clock.ts";
import { createLogger, type Logger } from "../output/logger.ts";
import { createRedactor, type Redactor } from "../output/redactor.ts";
import { classifyFailure, type Ending } from "../report/failure.ts";
import { NotJsonError, toJson } from "../report/json-value.ts";
import type { Report } from "../report/report.ts";
import type { RunContext } from "./job.ts";
import { admitParams, type LoadedRun, loadJob, missingConfig, type RunInputs, readSecrets } from "./load.ts";
import { createRunRecord, type PassKind, type RunFacts, type RunRecord } from "./run-record.ts";
import { checkResult, validateParams } from "./schemas.ts";
import { createStopper, endingOfStop, type Reaction, type StopCause, type Stopper } from "./stop.ts";

/** One run of one job, and everything it needs from outside. */
export interface RunOptions {
  readonly facts: RunFacts;
  readonly inputs: RunInputs;
  /** Takes one line of the log without its line break; secrets are already out of it. */
  readonly writeLine: (line: string) => void;
  /** Called when the job has reported progress. */
  readonly onProgress?: () => void;
  /** Passed by a caller who writes more of the run than its log, to keep secrets out of that as well. */
  readonly redactor?: Redactor;
  /** Default: the client of `runtime/kube`. */
  readonly createClient?: (options: ClientOptions) => Client;
  /** Sends what the job calls through `http`. Default: Node's own fetch, over checked addresses. */
  readonly fetch?: typeof fetch | undefined;
  readonly clock?: Clock;
  /** Bytes. Default: the most memory that this process has had resident. */
  readonly peakMemoryBytes?: () => number;
}

/** The unit of getrusage. */
const BYTES_PER_KIB = 1_024;
const processPeakBytes = (): number => process.resourceUsage().maxRSS * BYTES_PER_KIB;

/**
 * One run of a job, from its file to its report: it loads the job, rehearses it where it has limits, and calls it. It touches nothing of the
 * process: signals, exit and files are its caller's.
 */
export class Run {
  /** What the job watches. */
  readonly signal: AbortSignal;
  /** Resolves with the last report when the run has ended; never rejects. */
  readonly finished: Promise<Report>;
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  readonly #record: RunRecord;
  readonly #stopper: Stopper;
  readonly #log: Logger;
  readonly #finish: (report: Report) => void;
  /** The client of the pass that is under way, or was. */
  #client: Client | undefined;
  #final: Report | undefined;

  /** Its time begins now; {@link start} does the rest. */
  constructor(options: RunOptions) {
    const { facts, writeLine, clock = systemClock, redactor = createRedactor() } = options;
    this.#options = options;
    this.#clock = clock;
    this.#redactor = redactor;
    this.#log = createLogger({ writeLine, clock, redactor });
    const peakMemoryBytes = options.peakMemoryBytes ?? processPeakBytes;
    this.#record = createRunRecord(facts, { clock, redactor, peakMemoryBytes });
    this.#stopper = createStopper(clock, (cause) =>
      this.#settle(endingOfStop(this.#cause() ?? cause, { kind: "ignored" })),
    );
    this.signal = this.#stopper.signal;
    const { promise, resolve } = Promise.withResolvers<Report>();
    this.finished = promise;
    this.#finish = resolve;
  }

  /** Begins the run, once. @returns the promise of its last report, which is `finished` */
  start(): Promise<Report> {
    // Not at once: what loads the job is not where it is called from, and would only lengthen its stack traces.
    Promise.resolve()
      .then(() => this.#carryOut())
      .then(
        (result) => this.#end({ kind: "returned", result }),
        (thrown: unknown) => this.#end({ kind: "threw", thrown }),
      );
    return this.finished;
  }

  /** The report so far, or the last one. */
  report(): Report {
    return this.#record.report();
  }

  /** Aborts the job's `signal`, and gives the job its grace. @param by who asks, such as SIGTERM */
  cancel(by: string): void {
    this.#stopper.stop({ kind: "cancelled", by });
  }

  /** Times the run out where its own timer got no turn. Before the job is loaded there is no timeout, and nothing happens. */
  expire(): void {
    this.#stopper.expire();
  }

  /** Ends the run at once with an error, whatever its job is doing; a run that was being stopped ends as stopped. @returns the last report */
  abandon(thrown: unknown): Report {
    return this.#end({ kind: "threw", thrown });
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

  /** @returns parameters for the real run: validated again, since the job may have changed those that it rehearsed with */
  async #rehearse(loaded: LoadedRun): Promise<unknown> {
    await this.#call("rehearsal", loaded);
    this.#stopper.expireIfDue();
    this.signal.throwIfAborted(); // also where the job caught what stopped it
    const crossed = this.#client?.crossed();
    if (crossed !== undefined) throw crossed;
    this.#log.info("rehearsal passed: starting the real run", { mutations: this.report().rehearsal?.mutations });
    return validateParams(loaded.job.definition.params, loaded.given);
  }

  /** Calls the job's `run` once, with a client of its own. */
  async #call(kind: PassKind, loaded: LoadedRun): Promise<unknown> {
    this.signal.throwIfAborted();
    const dryRun = this.#options.facts.dryRun || kind === "rehearsal";
    const client = this.#connect(kind, loaded, dryRun);
    this.#client = client;
    const calls = this.#openHttp(loaded, dryRun);
    this.#record.beginPass(kind, client.stats, calls);
    const { writeLine, facts } = this.#options;
    const parts = { writeLine, clock: this.#clock, redactor: this.#redactor };
    const context: RunContext = {
      kube: client.kube,
      http: calls.http as unknown as RunContext["http"],
      params: loaded.params,
      log: kind === "rehearsal" ? createLogger({ ...parts, fields: { rehearsal: true } }) : this.#log,
      progress: (value) => this.#noteProgress(value),
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
      // Later, and not awaited: a connection that is slow to close must not hold up the run, and a pod's process ends with its report.
      setImmediate(() => Promise.allSettled([client.close(), calls.close()]));
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

  /** A mistake in what a job says about itself must not end a run that is half done: the log notes it. */
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

  /** A dry run goes on counting beyond a limit: whatever ends it then, its own timeout included, the limit is the cause. */
  #cause(): StopCause | undefined {
    const { cause } = this.#stopper;
    const error = this.#client?.crossed();
    const isLimit = error !== undefined && (cause === undefined || cause.kind === "timedOut");
    return isLimit ? { kind: "limited", error } : cause;
  }

  /** The first ending counts. */
  #settle(ending: Ending): Report {
    if (this.#final !== undefined) return this.#final;
    this.#stopper.dispose();
    this.#final = this.#record.end(this.#record.pass === "rehearsal" ? explainRehearsal(ending) : ending);
    this.#finish(this.#final);
    return this.#final;
  }
}

/** A job that failed in its rehearsal may still be right: what it wrote there cannot be read back. */
function explainRehearsal(ending: Ending): Ending {
  if (ending.outcome !== "failed" || ending.error.hint !== undefined) return ending;
  const hint =
    "The job failed in its rehearsal, a dry run: nothing was changed. A job that reads back what it wrote needs `rehearse: false`.";
  return { ...ending, error: { ...ending.error, hint } };
}
