import { createHash, randomBytes } from "node:crypto";
import { isRecord } from "../../runtime/job/problem.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { BuiltinObjects } from "../../runtime/kube/generated/builtin.ts";
import { ENVIRONMENT, SECRET_PARAMS_FILE } from "../../runtime/run/pod/environment.ts";
import { ifFound, unlessForbidden } from "../cluster/connect.ts";
import { MANAGED_BY_LABEL, MANAGER, SECRET_PARAMS_ANNOTATION } from "../manifests/manifest.ts";
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

/** No label of a job's own, by which its revisions are found. */
const PARAMS_OF_LABEL = "errand/params-of";
/** With so many random bytes beside them no secret can be guessed by its hash. */
const SALT_BYTES = 32;

/** The names of the parameters that a deployed job keeps secret. */
export function secretParamsOf({ metadata }: CronJobObject): string[] {
  const text = metadata.annotations?.[SECRET_PARAMS_ANNOTATION];
  if (text === undefined) return [];
  const names = parsed(text);
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  // Not none: what should be secret would be written into the Job.
  throw new CommandError(`CronJob ${metadata.name} does not say which parameters are secret`, {
    hint: `Its annotation ${SECRET_PARAMS_ANNOTATION} was changed: deploy the job again.`,
  });
}

/** Parameters that are not secret, and those that are. */
export function splitParams(params: Params, secret: readonly string[]): [open: Params, secret: Params] {
  const entries = Object.entries(params);
  const isSecret = ([name]: readonly [string, unknown]): boolean => secret.includes(name);
  return [
    Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    Object.fromEntries(entries.filter(isSecret)),
  ];
}

/** The secret parameters of a run, as they are kept. */
interface RunSecret {
  /** What the Job says of them: where they are, and the hash of what is there. */
  readonly mounted: MountedParams;
  /** The Secret, once its Job is there: it belongs to that and goes with it. */
  readonly object: (job?: JobObject) => BuiltinObjects["secrets"];
}

/** Puts secret parameters into the Secret of a run. The hash in the Job is over a salt as well: it tells nothing of them, and the pod takes nothing else for them. */
export function runSecret(run: string, namespace: string, job: string, params: Params): RunSecret {
  const text = JSON.stringify({ salt: randomBytes(SALT_BYTES).toString("hex"), params });
  const name = `errand-params-${run}`;
  const owner = (of: JobObject) => [
    { apiVersion: "batch/v1", kind: "Job", name: of.metadata.name, uid: of.metadata.uid },
  ];
  return {
    mounted: { secret: name, sha256: sha256Of(text) },
    object: (of) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name,
        namespace,
        labels: { [MANAGED_BY_LABEL]: MANAGER, [PARAMS_OF_LABEL]: job },
        ...(of === undefined ? {} : { ownerReferences: owner(of) }),
      },
      type: "Opaque",
      immutable: true,
      data: { [SECRET_PARAMS_FILE]: Buffer.from(text).toString("base64") },
    }),
  };
}

/**
 * Reads back what a run was given in secret.
 *
 * @param run for messages
 * @throws {CommandError} where the person may not read it, or it is not there as it was any more
 */
export async function readRunSecret(
  client: KubeClient,
  namespace: string,
  run: string,
  { secret: name, sha256 }: MountedParams,
): Promise<Params> {
  const place = `Secret ${namespace}/${name}`;
  const kept = await unlessForbidden(
    ifFound(client.kube.inNamespace(namespace).secrets.get(name)),
    "forbidden" as const,
  );
  if (kept === "forbidden") throw unreadable(run, `they are in ${place}, which you may not read`);
  if (kept === undefined) throw unreadable(run, `${place}, which held them, is gone`);
  const text = Buffer.from(kept.data?.[SECRET_PARAMS_FILE] ?? "", "base64").toString();
  if (sha256Of(text) !== sha256) throw unreadable(run, `${place} does not hold what the run was started with`);
  const { params } = JSON.parse(text) as { readonly params: unknown };
  return isRecord(params) ? (params as Params) : {};
}

function unreadable(run: string, why: string): CommandError {
  return new CommandError(`Run ${run} had secret parameters: ${why}`, {
    hint: "Start a new run and pass them again: errand trigger JOB -p NAME=VALUE",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
