import type { Cluster } from "../cluster/connect.ts";
import type { JobObject } from "../history/run-objects.ts";
import { PARAMS_SCHEMA_ANNOTATION } from "../manifests/manifest.ts";
import type { JsonSchema } from "../params/params-schema.ts";
import { readParams } from "../params/read-params.ts";
import { type CronJobObject, findJob } from "./find-job.ts";
import { startRun } from "./start-run.ts";

export interface TriggerOptions {
  /** `key=value` pairs. */
  readonly param: readonly string[];
  readonly dryRun: boolean;
  /** Runs beside another active run. */
  readonly force: boolean;
}

/**
 * Starts a run of a deployed job now, as a Job made from its CronJob.
 *
 * @throws {CommandError} where it is not deployed, for bad parameters, and where another run is active and the job does not allow two at once
 */
export async function triggerRun(
  { api, namespace }: Cluster,
  job: string,
  options: TriggerOptions,
): Promise<JobObject> {
  const { param, dryRun, force } = options;
  const cronJob = await findJob(api, namespace, job);
  const params = readParams(param, deployedSchema(cronJob));
  return await startRun({ api, namespace }, cronJob, { params, dryRun, force });
}

function deployedSchema({ metadata }: CronJobObject): JsonSchema | undefined {
  const text = metadata.annotations?.[PARAMS_SCHEMA_ANNOTATION];
  return text === undefined ? undefined : (JSON.parse(text) as JsonSchema);
}
