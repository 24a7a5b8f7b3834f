import { isRecord } from "../../runtime/job/problem.ts";
import { ENVIRONMENT } from "../../runtime/run/pod/environment.ts";
import { type MountedParams, mountedParamsOf } from "../manifests/manual-job.ts";
import type { Params } from "../params/read-params.ts";
import { CONTAINER_NAME } from "../settings/pod-names.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { JobObject } from "./history/run-objects.ts";

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a run was started with. */
export interface RunParams {
  readonly params: Params;
  /** Where its secret parameters are. */
  readonly secretParams?: MountedParams;
  readonly dryRun: boolean;
}

/** Reads what a run was started with from its Job's own variables; a run of the schedule has no parameters. */
export function runParams(job: JobObject): RunParams {
  const containers = job.spec?.template.spec?.containers ?? [];
  const variables = containers.find(({ name }) => name === CONTAINER_NAME)?.env ?? [];
  const read = (name: string) => variables.find((variable) => variable.name === name)?.value;
  // Each dollar was doubled, because the kubelet expands `$(NAME)`.
  const params = parsed((read(ENVIRONMENT.params) ?? "{}").replaceAll("$$", "$"));
  if (!isRecord(params)) {
    throw new CommandError(`The parameters of run ${job.metadata.name} cannot be read`, {
      hint: "Somebody changed its Job: trigger the job anew, with the parameters that you want.",
    });
  }
  const secretParams = mountedParamsOf(job);
  return {
    params: params as Params,
    ...(secretParams === undefined ? {} : { secretParams }),
    dryRun: read(ENVIRONMENT.dryRun) === "true",
  };
}
