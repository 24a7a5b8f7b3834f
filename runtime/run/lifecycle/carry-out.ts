import type { Json } from "../../job/definition.ts";
import { isRecord } from "../../job/problem.ts";
import type { RunPlan } from "../../kube/plan/run-plan.ts";
import type { Clock } from "../output/clock.ts";
import { createLogger } from "../output/logger.ts";
import { REDACTED, type Redactor } from "../output/redactor.ts";
import { NotJsonError, toJson } from "../report/json-value.ts";
import { toPlain } from "../report/plain-value.ts";
import type { Logger, RunContext } from "./context.ts";
import { missingConfig } from "./missing-config.ts";
import { ignoredParams, validateParams } from "./params.ts";
import { checkResult } from "./result.ts";
import type { RunOptions } from "./run-options.ts";
import type { PassKind, RunRecord } from "./run-record.ts";
import { type RunnableJob, readJob } from "./runnable-job.ts";
import { readSecrets, type Secrets } from "./secrets.ts";
import type { Stopper } from "./stop.ts";

/** What the steps of one run share. */
export interface RunParts {
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly record: RunRecord;
  readonly stopper: Stopper;
}

/**
 * Does everything between a job file and its result: loads, validates, rehearses where the job has limits, and runs.
 *
 * @returns the result, which is JSON
 * @throws whatever went wrong, for the caller to classify
 */
export async function carryOut(options: RunOptions, parts: RunParts): Promise<Json | undefined> {
  const begunAt = parts.clock.now();
  const log = createLogger({ ...parts, writeLine: options.writeLine });
  const { job: name, revision, identity, dryRun } = options;
  log.info("run begins", { job: name, revision, run: identity.id, attempt: identity.attempt, dryRun });
  const loadingConfig = options.loadConfig();
  loadingConfig.catch(() => {}); // awaited below, unless what comes first fails first
  const job = await loadSecretly(options, parts.redactor);
  parts.stopper.stopAfter(begunAt + job.timeoutMs - parts.clock.now(), job.timeoutMs);
  const plan = await options.loadPlan?.();
  if (plan !== undefined) parts.record.setPlan(plan);
  const secrets = await readSecrets(job.definition.secrets, options, parts.redactor);
  const given = options.readParams();
  const params = await admitParams(job, given, parts, log);
  const config = await loadingConfig.catch((missing: unknown) => {
    if (job.rules.length > 0) throw missing;
    return missingConfig(options.namespace, missing);
  });

  const pass = async (kind: PassKind, passParams: unknown): Promise<unknown> =>
    runPass({ options, parts, job, config, kind, params: passParams, secrets, plan, log });
  if (job.rehearse && !options.dryRun) {
    await pass("rehearsal", params);
    parts.stopper.expireIfDue();
    parts.stopper.signal.throwIfAborted(); // also where the job caught what stopped it
    log.info("rehearsal passed: the real run begins", { mutations: parts.record.report().rehearsal?.mutations });
    // Validated again rather than handed on: the job may have changed its params while it rehearsed.
    return checkResult(job.definition.result, await pass("main", await validateParams(job.definition.params, given)));
  }
  return checkResult(job.definition.result, await pass("main", params));
}

/** Which parameters are secret is known when the job's file is loaded; until then, and where it cannot be, each of them may be. */
async function loadSecretly({ loadJob, catalog, readParams }: RunOptions, redactor: Redactor): Promise<RunnableJob> {
  const given = quietly(readParams);
  const forget = redactor.suspect(given);
  const job = readJob(await loadJob(), catalog);
  for (const name of job.definition.secretParams ?? []) if (isRecord(given)) redactor.add(given[name]);
  forget();
  return job;
}

/** What is wrong with parameters is said later, after what is wrong with the file. */
function quietly(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Validates the parameters, makes the secret ones known as such before anything is said about them, and puts the rest into the report. */
async function admitParams(job: RunnableJob, given: unknown, parts: RunParts, log: Logger): Promise<unknown> {
  const { params: schema, secretParams = [] } = job.definition;
  const note = (params: unknown): void => {
    for (const name of secretParams) if (isRecord(params)) parts.redactor.add(params[name]);
    parts.record.setParams(hideParams(params, secretParams));
  };
  note(given);
  const params = await validateParams(schema, given);
  note(params);
  const ignored = ignoredParams(given, params);
  if (ignored.length > 0) log.warn("parameters that the job does not know were ignored", { params: ignored });
  return params;
}

function hideParams(params: unknown, secretParams: readonly string[]): Json {
  if (!isRecord(params)) return toPlain(params);
  const entries = Object.entries(params).map(([name, value]) => [name, secretParams.includes(name) ? REDACTED : value]);
  return toPlain(Object.fromEntries(entries));
}

interface PassParts {
  readonly options: RunOptions;
  readonly parts: RunParts;
  readonly job: RunnableJob;
  readonly config: Awaited<ReturnType<RunOptions["loadConfig"]>>;
  readonly kind: PassKind;
  readonly params: unknown;
  readonly secrets: Secrets;
  readonly plan: RunPlan | undefined;
  readonly log: Logger;
}

/** Calls the job's `run` once, with a client of its own. */
async function runPass({ options, parts, job, config, kind, params, secrets, plan, log }: PassParts): Promise<unknown> {
  const { stopper, record, clock, redactor } = parts;
  stopper.signal.throwIfAborted();
  const dryRun = options.dryRun || kind === "rehearsal";
  const onLimit = (error: Error): void => stopper.stop({ kind: "limited", error });
  const client = options.createClient({
    config,
    rules: job.rules,
    dryRun,
    signal: stopper.signal,
    onLimit,
    plan: plan?.step(onLimit, { rehearses: kind === "rehearsal" }),
    cascades: job.definition.cascades === true,
    ...(job.definition.scope === undefined ? {} : { scope: job.definition.scope }),
    ...(job.definition.limits === undefined ? {} : { limits: job.definition.limits }),
    ...(options.serviceAccount === undefined ? {} : { serviceAccount: options.serviceAccount }),
  });
  record.beginPass(kind, client.stats);
  const context: RunContext = {
    kube: client.kube,
    params,
    log:
      kind === "rehearsal"
        ? createLogger({ clock, redactor, writeLine: options.writeLine, fields: { rehearsal: true } })
        : log,
    progress: (value) => noteProgress(value, parts, options, log),
    signal: stopper.signal,
    dryRun,
    run: options.identity,
    secrets,
  };
  try {
    const result = await job.definition.run(context);
    const cascades = dryRun ? await client.survey() : undefined;
    if (cascades !== undefined) record.setCascades(cascades);
    return result;
  } finally {
    // Neither waited for nor done first: a connection that is slow to close must not hold the run, and a pod's process ends with its report.
    setImmediate(() => client.close().catch(() => {}));
  }
}

/** A slip in what a job says of itself must not end a run that is half done: it is noted in the log. */
function noteProgress(value: Json, { record }: RunParts, options: RunOptions, log: Logger): void {
  try {
    record.setProgress(toJson(value, "progress"));
    options.onProgress?.();
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    log.warn(`progress is not JSON and was not noted: ${error.message}`);
  }
}
