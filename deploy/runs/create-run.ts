import { randomInt } from "node:crypto";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { type Cluster, whoAmI } from "../cluster/connect.ts";
import { type ManualRun, type MountedParams, manualJob } from "../manifests/manual-job.ts";
import type { Params } from "../params/read-params.ts";
import type { CronJobObject } from "./find-job.ts";
import { refuseActive } from "./find-run.ts";
import { CANCELLED_ANNOTATION, PASSED_DEADLINE_SECONDS } from "./history/cancellation.ts";
import type { JobObject } from "./history/run-objects.ts";
import { runSecret, secretParamsOf, splitParams } from "./run-secret.ts";

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
