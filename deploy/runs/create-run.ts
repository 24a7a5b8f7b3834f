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

export interface StartOptions extends Omit<ManualRun, "name" | "triggeredBy" | "secretParams"> {
  /** More parameters, which were secret before; or where the secret ones are already. */
  readonly secretParams?: { readonly values: Params } | MountedParams | undefined;
  /** Runs beside another active run. */
  readonly force: boolean;
}

/**
 * Starts a run of a deployed job now, as a Job made from its CronJob. It says who started it.
 *
 * @throws {CommandError} where another run is active and the job does not allow two at once
 */
export async function startRun(
  { client, namespace }: Pick<Cluster, "client" | "namespace">,
  cronJob: CronJobObject,
  { force, secretParams, ...run }: StartOptions,
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
  // Whoever may not make it starts nothing.
  await secrets.create(secret.object(), { dryRun: true });
  const made = manualJob(cronJob, { ...run, params, name, triggeredBy, secretParams: secret.mounted });
  const started = await jobs.create(made);
  await secrets.create(secret.object(started)).catch((error: unknown) => endUnborn(client, started, error));
  return started;
}

/**
 * Ends a run that has no Secret: its pod waits for it. Should this command be interrupted in between, the deadline of the Job does the same.
 *
 * @throws what kept the Secret from being made
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

/** What Kubernetes itself makes random names of: no vowels, so no words, and nothing that is mistaken for another. */
const LETTERS = "bcdfghjklmnpqrstvwxz";
const LETTERS_AND_DIGITS = `${LETTERS}2456789`;

/**
 * A name for the Job of a run that a person triggers. It begins with a letter after the dash, so that it is never taken for one of the schedule,
 * whose names end in digits.
 */
export function manualRunName(job: string): string {
  const pick = (characters: string) => characters[randomInt(characters.length)] ?? "";
  return `${job}-${pick(LETTERS)}${Array.from({ length: 4 }, () => pick(LETTERS_AND_DIGITS)).join("")}`;
}
