import type { Returned } from "../../runtime/kube/objects.ts";
import type { BuiltinObjects } from "../../runtime/kube/types/builtin.ts";
import type { Cluster } from "../cluster/connect.ts";
import { CommandError } from "../command-error.ts";
import type { JobObject } from "../history/run-objects.ts";
import { MANAGED_BY_LABEL, MANAGER, PARAMS_SCHEMA_ANNOTATION } from "../manifests/manifest.ts";
import { manualJob } from "../manifests/manual-job.ts";
import type { JsonSchema } from "../params/params-schema.ts";
import { readParams } from "../params/read-params.ts";
import { refuseActive } from "./refuse-active.ts";
import { manualRunName } from "./run-name.ts";

type CronJob = Returned<BuiltinObjects["cronjobs"]>;

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
  const cronJob: CronJob | undefined = await api.get({ apiVersion: "batch/v1", kind: "CronJob", namespace, name: job });
  if (cronJob?.metadata.labels?.[MANAGED_BY_LABEL] !== MANAGER) {
    throw new CommandError(`Namespace "${namespace}" has no job "${job}"`, {
      hint: "Deploy it first: errand deploy FILE; or choose another namespace with -n.",
    });
  }
  const params = readParams(options.param, deployedSchema(cronJob));
  if (cronJob.spec?.concurrencyPolicy !== "Allow" && !options.force) {
    await refuseActive(
      { api, namespace },
      job,
      "It does not allow two runs at once: wait, or start one beside it with --force.",
    );
  }
  const name = manualRunName(job);
  return api.create(manualJob(cronJob, { name, params, dryRun: options.dryRun })) as Promise<JobObject>;
}

function deployedSchema({ metadata }: CronJob): JsonSchema | undefined {
  const text = metadata.annotations?.[PARAMS_SCHEMA_ANNOTATION];
  return text === undefined ? undefined : (JSON.parse(text) as JsonSchema);
}
