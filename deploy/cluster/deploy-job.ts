import { renderManifests } from "../manifests/render.ts";
import { type PreparedJob, prepareJob } from "../prepare.ts";
import { recordDeploy } from "../revisions/record-deploy.ts";
import { describeSchedule } from "../schedule/schedule.ts";
import { applyManifests, type Change } from "./apply.ts";
import { connect } from "./connect.ts";
import type { TargetFlags } from "./kubeconfig.ts";
import { prune } from "./prune.ts";
import { respectPause } from "./respect-pause.ts";

/** What a deploy did. */
export interface Deployed {
  readonly job: string;
  readonly namespace: string;
  readonly context: string;
  readonly revision: string;
  readonly changes: readonly Change[];
  /** What happens now, and what the person may want to do, in one line. */
  readonly next: string;
}

export interface DeployOptions extends TargetFlags {
  readonly image: string;
  readonly dryRun?: boolean;
  readonly forceConflicts?: boolean;
}

/** Deploys one job file. Everything that can be wrong with it is found before a cluster is asked. */
export async function deployJob(file: string, flags: DeployOptions): Promise<Deployed> {
  const job = await prepareJob(file);
  await using cluster = await connect(flags);
  const { namespace } = cluster;
  const { dryRun = false, forceConflicts: force = false } = flags;
  const rendered = renderManifests({ ...job, namespace, image: flags.image });
  const identity = { name: job.name, namespace, revision: job.bundle.hash };
  const recorded = await recordDeploy(cluster.api, identity, rendered, new Date());
  const { manifests, paused } = await respectPause(cluster.api, recorded);
  const applied = await applyManifests(cluster.api, manifests, { dryRun, force });
  const pruned = dryRun ? [] : await prune(cluster.api, { name: job.name, namespace }, manifests);
  return {
    job: job.name,
    namespace,
    context: cluster.context,
    revision: job.bundle.hash,
    changes: [...applied, ...pruned.map((object): Change => ({ object, change: "removed" }))],
    next: dryRun ? "Nothing was applied: this was a dry run." : describeNext(job, namespace, paused),
  };
}

function describeNext({ name, definition }: PreparedJob, namespace: string, paused: string | undefined): string {
  if (paused !== undefined)
    return `It stays paused (since ${paused}); to let it go on: errand resume ${name} -n ${namespace}`;
  const when =
    definition.schedule === undefined
      ? "It has no schedule"
      : `It runs by its schedule (${describeSchedule(definition.schedule)}, ${definition.timeZone ?? "Etc/UTC"})`;
  return `${when}; to run it now: errand trigger ${name} -n ${namespace} --wait`;
}
