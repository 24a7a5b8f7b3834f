import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { NEVER } from "../manifests/cron-job.ts";
import { UsageError } from "../terminal/command-error.ts";
import type { CronJobObject } from "./find-job.ts";

/**
 * Who owns `suspend` while a job is paused. It is not the deploy's field manager, so that a pause is a fact of its own: it says who has
 * stopped the job, a deploy does not undo it, and taking it back leaves what the deploy wrote.
 */
export const PAUSE_MANAGER = "errand-pause";

/** On a paused CronJob: since when, RFC 3339. */
export const PAUSED_ANNOTATION = "errand/paused";

/** What pausing or resuming did. */
export type PauseChange = "paused" | "resumed" | "unchanged";

/** Since when a job is paused; undefined where it is not. */
export function pausedSince(cronJob: Pick<CronJobObject, "metadata">): string | undefined {
  return cronJob.metadata.annotations?.[PAUSED_ANNOTATION];
}

/** True for a job that has a schedule to pause: others have a suspended CronJob that is only a template. */
export function hasSchedule({ spec }: CronJobObject): boolean {
  return spec?.schedule !== NEVER;
}

/**
 * Stops a job's schedule. Runs that are active go on, and triggering it by hand stays possible.
 *
 * @param now written into the CronJob, for whoever finds it paused
 * @throws {CommandError} for a job without a schedule
 */
export async function pauseJob(client: KubeClient, cronJob: CronJobObject, now: Date): Promise<PauseChange> {
  refuseWithoutSchedule(cronJob, "pause");
  if (pausedSince(cronJob) !== undefined && cronJob.spec?.suspend) return "unchanged";
  const annotations = { [PAUSED_ANNOTATION]: now.toISOString().replace(/\.\d+Z$/, "Z") };
  await applyOwn(client, cronJob, { metadata: { annotations }, spec: { suspend: true } });
  return "paused";
}

/** Lets a job's schedule go on, whoever has suspended it. */
export async function resumeJob(client: KubeClient, cronJob: CronJobObject): Promise<PauseChange> {
  refuseWithoutSchedule(cronJob, "resume");
  if (!cronJob.spec?.suspend && pausedSince(cronJob) === undefined) return "unchanged";
  // Taken first, so that it is false whoever has set it, and then let go of: from here on it is the deploy's again.
  await applyOwn(client, cronJob, { spec: { suspend: false } });
  await applyOwn(client, cronJob, {});
  return "resumed";
}

function applyOwn(
  client: KubeClient,
  { metadata: { name, namespace = "" } }: CronJobObject,
  { metadata, spec }: { metadata?: object; spec?: object },
) {
  const object = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name, namespace, ...metadata },
    ...(spec === undefined ? {} : { spec }),
  };
  return client.resource(object).apply(object, { fieldManager: PAUSE_MANAGER, force: true });
}

function refuseWithoutSchedule(cronJob: CronJobObject, verb: "pause" | "resume"): void {
  if (hasSchedule(cronJob)) return;
  const { name, namespace } = cronJob.metadata;
  throw new UsageError(`Job "${name}" has no schedule: there is nothing to ${verb}`, {
    hint: `It runs only when triggered. To end a run: errand cancel ${name} -n ${namespace}`,
  });
}
