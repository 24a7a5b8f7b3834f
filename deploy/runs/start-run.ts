import type { Cluster } from "../cluster/connect.ts";
import { whoAmI } from "../cluster/who-am-i.ts";
import type { JobObject } from "../history/run-objects.ts";
import { type ManualRun, manualJob } from "../manifests/manual-job.ts";
import type { CronJobObject } from "./find-job.ts";
import { refuseActive } from "./refuse-active.ts";
import { manualRunName } from "./run-name.ts";

export interface StartOptions extends Omit<ManualRun, "name" | "triggeredBy"> {
  /** Runs beside another active run. */
  readonly force: boolean;
}

/**
 * Starts a run of a deployed job now, as a Job made from its CronJob. It says who started it.
 *
 * @throws {CommandError} where another run is active and the job does not allow two at once
 */
export async function startRun(
  { api, namespace }: Pick<Cluster, "api" | "namespace">,
  cronJob: CronJobObject,
  { force, ...run }: StartOptions,
): Promise<JobObject> {
  const { name: job } = cronJob.metadata;
  if (cronJob.spec?.concurrencyPolicy !== "Allow" && !force) {
    const hint = "It does not allow two runs at once: wait, or start one beside it with --force.";
    await refuseActive({ api, namespace }, job, hint);
  }
  const triggeredBy = await whoAmI(api.send);
  const made = manualJob(cronJob, { ...run, name: manualRunName(job), triggeredBy });
  return (await api.create(made)) as JobObject;
}
