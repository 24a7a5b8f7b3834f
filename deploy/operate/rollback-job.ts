import type { KubeObject } from "../../runtime/kube/objects.ts";
import type { BuiltinObjects } from "../../runtime/kube/types/builtin.ts";
import { applyManifests, type Change } from "../cluster/apply.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { prune } from "../cluster/prune.ts";
import { respectPause } from "../cluster/respect-pause.ts";
import { type Manifest, REVISION_LABEL, revisionLabels } from "../manifests/manifest.ts";
import { addSet, readSets } from "../revisions/applied-sets.ts";
import { chooseRevision, type Target } from "../revisions/choose-revision.ts";
import { listRevisions } from "../revisions/list-revisions.ts";
import { APPLIED_ANNOTATION, findCurrent, recordOf } from "../revisions/revision.ts";
import type { CronJobObject } from "../runs/find-job.ts";

export interface RollbackOptions {
  /** Revision, or its first digits; absent: the one before. */
  readonly to?: string | undefined;
  readonly dryRun: boolean;
}

/** What a rollback did. */
export interface Rollback {
  readonly from: string;
  readonly to: string;
  readonly changes: readonly Change[];
}

/**
 * Applies again what was applied with an earlier revision: schedule, rights, image and all. What only the newer one had is removed. Runs that
 * are active keep the code that they have.
 *
 * @throws {CommandError} where there is nothing to go back to
 */
export async function rollbackJob(
  api: ClusterApi,
  cronJob: CronJobObject,
  { to, dryRun }: RollbackOptions,
  now: Date,
): Promise<Rollback> {
  const { name, namespace = "", labels = {} } = cronJob.metadata;
  const current = labels[REVISION_LABEL] ?? "";
  const revisions = await listRevisions(api, namespace, name);
  const target = chooseRevision(revisions, current, to);
  const { manifests } = await respectPause(api, await withBundle(api, { name, namespace }, target, now));
  const applied = await applyManifests(api, manifests, { dryRun });
  const pruned = dryRun ? [] : await prune(api, { name, namespace }, manifests);
  const changes = [...applied, ...pruned.map((object): Change => ({ object, change: "removed" }))];
  return { from: findCurrent(revisions, current)?.name ?? current, to: target.name, changes };
}

/** The ConfigMap is applied too, since its record says what was deployed last; it stands before the CronJob, as in a deploy. */
async function withBundle(
  api: ClusterApi,
  job: { readonly name: string; readonly namespace: string },
  { revision, configMap, manifests }: Target,
  now: Date,
): Promise<Manifest[]> {
  const { name, namespace } = job;
  const reference = { apiVersion: "v1", kind: "ConfigMap", namespace, name: configMap };
  const live = await api.get<BuiltinObjects["configmaps"] & KubeObject>(reference);
  if (live === undefined) throw new RangeError(`ConfigMap ${configMap} has just been removed`);
  const { immutable, data, binaryData, metadata } = live;
  const sets = addSet(readSets(metadata.annotations?.[APPLIED_ANNOTATION]), manifests, now);
  const bundle: Manifest = {
    ...{ apiVersion: "v1", kind: "ConfigMap" },
    metadata: { name: configMap, namespace, labels: revisionLabels(name, revision), annotations: recordOf(sets) },
    ...{ immutable, data, binaryData },
  };
  return manifests.flatMap((manifest) => (manifest.kind === "CronJob" ? [bundle, manifest] : [manifest]));
}
