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

/** Where the parts of a run come from. What one of these throws is reported like what the job throws. */
export interface RunInputs {
  /** Gives the job file's default export, or a promise of it. */
  readonly job: () => unknown;
  /** Gives the parameters, not yet validated. */
  readonly params: () => unknown;
  /** Asked once, as the run begins. */
  readonly config: () => Promise<ClusterConfig>;
  /** Reads one of the job's secrets. Absent: this run has none to give. */
  readonly secret?: ((name: string, key: SecretKey) => string | Promise<string>) | undefined;
  /** Gives the plan that this run makes or keeps to. Absent: there is none. */
  readonly plan?: (() => Promise<RunPlan>) | undefined;
}

/** The values of a job's secrets, by the names that the job gave them. */
export type Secrets = Readonly<Record<string, string>>;

/** Everything a run has before it calls the job for the first time. */
export interface LoadedRun {
  readonly job: RunnableJob;
  /** The parameters as they came. */
  readonly given: unknown;
  /** The parameters as the job's schema returned them. */
  readonly params: unknown;
  readonly config: ClusterConfig;
  readonly secrets: Secrets;
  readonly plan: RunPlan | undefined;
}

/** Loads the job's file. Only then is it known which parameters are secret: until then, any of them may be. */
export async function loadJob({ job: load, params }: RunInputs, redactor: Redactor): Promise<RunnableJob> {
  const given = quietly(params);
  const forget = redactor.suspect(given);
  const job = readJob(await load(), builtinCatalog);
  knowSecretParams(job, given, redactor);
  forget();
  return job;
}

/** What is wrong with the parameters is reported later, after what is wrong with the file. */
function quietly(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What the parameters of a run are told to. */
interface ParamsNotes {
  readonly redactor: Redactor;
  readonly record: RunRecord;
  readonly log: Logger;
}

/** Validates the parameters, registers the secret ones before anything is said about them, and puts the rest into the report. */
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
 * Reads the secrets that a job names, and registers each value as secret before anything else is done with it.
 *
 * @throws {MissingSecretError} where one is missing
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
 * The configuration of a run without a service account: a job that declares no access does not need one, and its pod has none mounted.
 * Its first call still throws what was missing, before anything is sent.
 */
export function missingConfig(namespace: string, missing: unknown): ClusterConfig {
  return { server: "https://kubernetes.default.svc", token: { get: () => Promise.reject(missing) }, namespace };
}
