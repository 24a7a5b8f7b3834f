import { randomInt } from "node:crypto";
import { isRecord } from "../../runtime/job/problem.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { type Cluster, whoAmI } from "../cluster/connect.ts";
import { NAME_LABEL, PARAMS_SCHEMA_ANNOTATION, REVISION_LABEL } from "../manifests/manifest.ts";
import { type ManualRun, type MountedParams, manualJob } from "../manifests/manual-job.ts";
import {
  type AskParams,
  completeParams,
  type ParamSources,
  refuseInvalid,
  refuseMissing,
} from "../params/complete-params.ts";
import type { JsonSchema } from "../params/params-schema.ts";
import type { Params } from "../params/read-params.ts";
import { CommandError, TRY_LATER_EXIT_CODE } from "../terminal/command-error.ts";
import { type CronJobObject, findJob } from "./find-job.ts";
import { fetchRun, refuseActive } from "./find-run.ts";
import { readRun } from "./history/read-run.ts";
import { RETRY_OF_ANNOTATION } from "./history/recorded-run.ts";
import { CANCELLED_ANNOTATION, type JobObject, PASSED_DEADLINE_SECONDS } from "./history/run-objects.ts";
import { readRunSecret, runParams, runSecret, scheduleParams, secretParamsOf, splitParams } from "./run-params.ts";

export interface TriggerOptions extends ParamSources {
  /** Asks a person for parameters that are missing. Absent: they are refused. */
  readonly ask?: AskParams | undefined;
  /** Holds all parameters against more than the deployed schema says. @throws {CommandError} */
  readonly validate?: ((params: Params) => Promise<void>) | undefined;
  readonly dryRun: boolean;
  /** Writes down what the run would change. */
  readonly plan?: "record" | undefined;
  /** Runs beside another active run. */
  readonly force: boolean;
}

/**
 * Starts a run of a deployed job now, as a Job made from its CronJob: with the parameters of its schedule, over which those that are given win.
 *
 * @throws {CommandError} where it is not deployed, for bad parameters, and where another run is active and the job does not allow two at once
 */
export async function triggerRun(
  { client, namespace }: Cluster,
  job: string,
  options: TriggerOptions,
): Promise<JobObject> {
  const { dryRun, force, plan } = options;
  const cronJob = await findJob(client, namespace, job);
  const schema = deployedSchema(cronJob);
  const secret = secretParamsOf(cronJob);
  const scheduled = scheduleParams(cronJob);
  const params = await completeParams({ ...options, secret, scheduled }, schema, options.ask);
  refuseMissing(params, schema);
  await refuseInvalid(params, schema);
  await options.validate?.(params);
  return await createRun({ client, namespace }, cronJob, { params, dryRun, force, plan });
}

function deployedSchema({ metadata }: CronJobObject): JsonSchema | undefined {
  const text = metadata.annotations?.[PARAMS_SCHEMA_ANNOTATION];
  if (text === undefined) return undefined;
  const schema = parsed(text);
  if (isRecord(schema)) return schema as JsonSchema;
  throw new CommandError(`CronJob ${metadata.name}: its annotation ${PARAMS_SCHEMA_ANNOTATION} is not a JSON Schema`, {
    hint: "Somebody changed it. Deploy the job again, or pass its file instead of its name.",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A run that repeats another. */
export interface Retry {
  readonly job: string;
  readonly run: JobObject;
  readonly retryOf: string;
  /** Of the new run and of the one that it repeats: they differ where the job was deployed in between. */
  readonly revision: string;
  readonly earlierRevision: string;
}

/**
 * Starts a run with the parameters of an earlier one, from what is deployed now: that is where its mistake has been mended.
 *
 * @throws {CommandError} where the earlier one has not ended, its job is gone, or another run is active
 */
export async function retryRun(
  { client, namespace }: Cluster,
  earlier: JobObject,
  { force }: { readonly force: boolean },
): Promise<Retry> {
  const { name: retryOf, labels = {} } = earlier.metadata;
  const job = labels[NAME_LABEL] ?? retryOf;
  const cronJob = await findJob(client, namespace, job);
  const record = readRun(await fetchRun(client, earlier));
  if (record.phase !== "finished") {
    throw new CommandError(`Run ${retryOf} has not ended yet`, {
      hint: `Wait for it: errand result ${retryOf} -n ${namespace} --wait; or end it: errand cancel ${retryOf} -n ${namespace}`,
      exitCode: TRY_LATER_EXIT_CODE,
    });
  }
  const annotations = { [RETRY_OF_ANNOTATION]: retryOf };
  const { params, secretParams: kept, dryRun } = runParams(earlier);
  const secretParams = kept && { values: await readRunSecret(client, namespace, retryOf, kept) };
  const run = await createRun({ client, namespace }, cronJob, { params, secretParams, dryRun, force, annotations });
  return {
    job,
    run,
    retryOf,
    revision: cronJob.metadata.labels?.[REVISION_LABEL] ?? "",
    earlierRevision: labels[REVISION_LABEL] ?? "",
  };
}

export interface CreateRunOptions extends Omit<ManualRun, "name" | "triggeredBy" | "secretParams"> {
  /** Secret parameters of an earlier run, or where they already are. */
  readonly secretParams?: { readonly values: Params } | MountedParams | undefined;
  /** Allows another active run at the same time. */
  readonly force: boolean;
}

/**
 * Triggers a run of a deployed job: creates a Job from its CronJob, with who triggered it.
 *
 * @throws {CommandError} where another run is active and the job does not allow two at once
 */
export async function createRun(
  { client, namespace }: Pick<Cluster, "client" | "namespace">,
  cronJob: CronJobObject,
  { force, secretParams, ...run }: CreateRunOptions,
): Promise<JobObject> {
  const { name: job } = cronJob.metadata;
  if (cronJob.spec?.concurrencyPolicy !== "Allow" && !force) {
    const hint = "The job does not allow two runs at once: wait, or pass --force.";
    await refuseActive({ client, namespace }, job, hint);
  }
  const triggeredBy = await whoAmI(client);
  const name = manualRunName(job);
  const { jobs, secrets } = client.kube.inNamespace(namespace);
  if (secretParams !== undefined && "secret" in secretParams)
    return await jobs.create(manualJob(cronJob, { ...run, name, triggeredBy, secretParams }));
  const [params, values] = splitParams(run.params, secretParamsOf(cronJob));
  const secretValues = { ...values, ...secretParams?.values };
  if (Object.keys(secretValues).length === 0)
    return await jobs.create(manualJob(cronJob, { ...run, name, triggeredBy }));
  const secret = runSecret(name, namespace, job, secretValues);
  // Without the right to create it, no run is triggered.
  await secrets.create(secret.object(), { dryRun: true });
  const created = await jobs.create(
    manualJob(cronJob, { ...run, params, name, triggeredBy, secretParams: secret.mounted }),
  );
  await secrets.create(secret.object(created)).catch((error: unknown) => endUnborn(client, created, error));
  return created;
}

/**
 * Ends a run without its Secret, for which its pod would wait. If this command is interrupted before, the Job's deadline does the same.
 *
 * @throws the error for which the Secret was not created
 */
async function endUnborn(client: KubeClient, { metadata }: JobObject, cause: unknown): Promise<never> {
  const { namespace = "", name } = metadata;
  const annotations = { [CANCELLED_ANNOTATION]: new Date().toISOString().replace(/\.\d+Z$/, "Z") };
  const end = { metadata: { annotations }, spec: { activeDeadlineSeconds: PASSED_DEADLINE_SECONDS } };
  await client.kube
    .inNamespace(namespace)
    .jobs.patch(name, end)
    .catch(() => {});
  throw cause;
}

/** The letters of Kubernetes' own random names: no vowels, so no words, and none that looks like another. */
const LETTERS = "bcdfghjklmnpqrstvwxz";
const LETTERS_AND_DIGITS = `${LETTERS}2456789`;

/**
 * A name for the Job of a run that a person triggers. It has a letter after the dash, so that it never looks like one of the schedule, whose names end in digits.
 */
export function manualRunName(job: string): string {
  const pick = (characters: string) => characters[randomInt(characters.length)] ?? "";
  return `${job}-${pick(LETTERS)}${Array.from({ length: 4 }, () => pick(LETTERS_AND_DIGITS)).join("")}`;
}
