import { isRecord } from "../../runtime/job/problem.ts";
import type { Cluster } from "../cluster/connect.ts";
import { PARAMS_SCHEMA_ANNOTATION } from "../manifests/manifest.ts";
import {
  type AskParams,
  completeParams,
  type ParamSources,
  refuseInvalid,
  refuseMissing,
} from "../params/complete-params.ts";
import type { JsonSchema } from "../params/params-schema.ts";
import type { Params } from "../params/read-params.ts";
import { CommandError } from "../terminal/command-error.ts";
import { createRun } from "./create-run.ts";
import { type CronJobObject, findJob } from "./find-job.ts";
import type { JobObject } from "./history/run-objects.ts";
import { scheduleParams } from "./run-params.ts";
import { secretParamsOf } from "./run-secret.ts";

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
