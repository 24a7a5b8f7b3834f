import { isRecord } from "../../runtime/job/problem.ts";
import { ENVIRONMENT } from "../../runtime/run/pod/environment.ts";
import { type MountedParams, mountedParamsOf } from "../manifests/manual-job.ts";
import type { Params } from "../params/read-params.ts";
import { CONTAINER_NAME } from "../settings/own-fields.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { CronJobObject } from "./find-job.ts";
import type { JobObject } from "./history/run-objects.ts";

/** What a run was started with. */
export interface RunParams {
  readonly params: Params;
  /** Where its secret parameters are. */
  readonly secretParams?: MountedParams;
  readonly dryRun: boolean;
}

/**
 * Reads the parameters with which a deployed job's schedule starts its runs.
 *
 * @returns undefined where its CronJob holds something else there
 */
export function scheduleParams({ spec }: CronJobObject): Params | undefined {
  return paramsIn(variablesOf(spec?.jobTemplate.spec?.template));
}

/** Reads what a run was started with from its Job's own variables. */
export function runParams(job: JobObject): RunParams {
  const read = variablesOf(job.spec?.template);
  const params = paramsIn(read);
  if (params === undefined) {
    throw new CommandError(`The parameters of run ${job.metadata.name} cannot be read`, {
      hint: "Somebody changed its Job. Trigger the job again with the parameters you want.",
    });
  }
  const secretParams = mountedParamsOf(job);
  return {
    params,
    ...(secretParams === undefined ? {} : { secretParams }),
    dryRun: read(ENVIRONMENT.dryRun) === "true",
  };
}

type PodTemplate = NonNullable<JobObject["spec"]>["template"] | undefined;
type ReadVariable = (name: string) => string | undefined;

function variablesOf(template: PodTemplate): ReadVariable {
  const variables = template?.spec?.containers.find(({ name }) => name === CONTAINER_NAME)?.env ?? [];
  return (name) => variables.find((variable) => variable.name === name)?.value;
}

function paramsIn(read: ReadVariable): Params | undefined {
  try {
    // Each dollar was doubled, because the kubelet expands `$(NAME)`.
    const params: unknown = JSON.parse((read(ENVIRONMENT.params) ?? "{}").replaceAll("$$", "$"));
    return isRecord(params) && !Array.isArray(params) ? (params as Params) : undefined;
  } catch {
    return undefined;
  }
}
