import type { Json } from "../../job/definition.ts";
import type { SecretKey } from "../../job/pod-fields.ts";
import { isRecord } from "../../job/problem.ts";
import { builtinCatalog } from "../../kube/catalog/builtin.ts";
import type { ClusterConfig } from "../../kube/config/cluster-config.ts";
import type { RunPlan } from "../../kube/plan/run-plan.ts";
import type { Logger } from "../output/logger.ts";
import { REDACTED, type Redactor } from "../output/redactor.ts";
import { MissingSecretError } from "../report/failure.ts";
import { toPlain } from "../report/json-value.ts";
import { type RunnableJob, readJob } from "./job.ts";
import type { RunRecord } from "./run-record.ts";
import { ignoredParams, validateParams } from "./schemas.ts";

/** The sources of a run's parts. Their errors are reported like the job's own. */
export interface RunInputs {
  /** Returns the job file's default export, or a promise of it. */
  readonly job: () => unknown;
  /** Returns the parameters, not yet validated. */
  readonly params: () => unknown;
  /** Called once, when the run starts. */
  readonly config: () => Promise<ClusterConfig>;
  /** Reads one of the job's secrets. Absent if this run has none. */
  readonly secret?: ((name: string, key: SecretKey) => string | Promise<string>) | undefined;
  /** Returns the plan to record or enforce. Absent without a plan. */
  readonly plan?: (() => Promise<RunPlan>) | undefined;
}

/** The values of a job's secrets, by their names in the job. */
export type Secrets = Readonly<Record<string, string>>;

/** Everything a run has before its first pass. */
export interface LoadedRun {
  readonly job: RunnableJob;
  /** The parameters as given. */
  readonly given: unknown;
  /** The output of the job's schema. */
  readonly params: unknown;
  readonly config: ClusterConfig;
  readonly secrets: Secrets;
  readonly plan: RunPlan | undefined;
}

/** Loads the job's file. It declares which parameters are secret: until then, all of them are redacted. */
export async function loadJob({ job: load, params }: RunInputs, redactor: Redactor): Promise<RunnableJob> {
  const given = orUndefined(params);
  const forget = redactor.suspect(given);
  const job = readJob(await load(), builtinCatalog);
  knowSecretParams(job, given, redactor);
  forget();
  return job;
}

/** Errors in the parameters are reported later, after errors in the file. */
function orUndefined(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

interface ParamsNotes {
  readonly redactor: Redactor;
  readonly record: RunRecord;
  readonly log: Logger;
}

/** Validates the parameters, registers the secret ones before any of them is logged, and adds the rest to the report. */
export async function admitParams(job: RunnableJob, given: unknown, notes: ParamsNotes): Promise<unknown> {
  const note = (params: unknown): void => {
    knowSecretParams(job, params, notes.redactor);
    notes.record.setParams(hideParams(params, job.definition.secretParams ?? []));
  };
  note(given);
  const params = await validateParams(job.definition.params, given);
  note(params);
  const ignored = ignoredParams(given, params);
  if (ignored.length > 0) notes.log.warn("unknown parameters were ignored", { params: ignored });
  return params;
}

function knowSecretParams({ definition }: RunnableJob, params: unknown, redactor: Redactor): void {
  for (const name of definition.secretParams ?? []) if (isRecord(params)) redactor.add(params[name]);
}

function hideParams(params: unknown, secretParams: readonly string[]): Json {
  if (!isRecord(params)) return toPlain(params);
  const entries = Object.entries(params).map(([name, value]) => [name, secretParams.includes(name) ? REDACTED : value]);
  return toPlain(Object.fromEntries(entries));
}

/**
 * Reads a job's secrets, and registers each value with the redactor first.
 *
 * @throws {MissingSecretError}
 */
export async function readSecrets(
  { definition }: RunnableJob,
  read: RunInputs["secret"],
  redactor: Redactor,
): Promise<Secrets> {
  const secrets: Record<string, string> = {};
  for (const [name, key] of Object.entries(definition.secrets ?? {})) {
    if (read === undefined) throw new MissingSecretError(`secrets.${name}: this run has no secrets`);
    const value = await read(name, key);
    redactor.add(value);
    secrets[name] = value;
  }
  return secrets;
}

/**
 * The configuration of a run without a service account: a job without access does not need one, and its pod does not mount one.
 * Its first call throws the original error before anything is sent.
 */
export function missingConfig(namespace: string, missing: unknown): ClusterConfig {
  return { server: "https://kubernetes.default.svc", token: { get: () => Promise.reject(missing) }, namespace };
}
