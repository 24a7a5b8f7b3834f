import { isRecord } from "../../runtime/job/problem.ts";
import { ENVIRONMENT } from "../../runtime/run/environment.ts";
import type { JobObject } from "../history/run-objects.ts";
import { CONTAINER_NAME } from "../manifests/pod-names.ts";
import type { Params } from "../params/read-params.ts";

/** What a run was started with. */
export interface RunParams {
  readonly params: Params;
  readonly dryRun: boolean;
}

/** Reads what a run was started with from its Job's own variables; a run of the schedule has no parameters. */
export function runParams(job: JobObject): RunParams {
  const containers = job.spec?.template.spec?.containers ?? [];
  const variables = containers.find(({ name }) => name === CONTAINER_NAME)?.env ?? [];
  const read = (name: string) => variables.find((variable) => variable.name === name)?.value;
  // Each dollar was doubled, because the kubelet expands `$(NAME)`.
  const params: unknown = JSON.parse((read(ENVIRONMENT.params) ?? "{}").replaceAll("$$", "$"));
  return { params: isRecord(params) ? (params as Params) : {}, dryRun: read(ENVIRONMENT.dryRun) === "true" };
}
