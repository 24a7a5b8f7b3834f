import type { KubeObject } from "../../runtime/kube/objects.ts";
import type { BuiltinObjects } from "../../runtime/kube/types/builtin.ts";
import { applyManifests, type Change } from "../cluster/apply.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { prune } from "../cluster/prune.ts";
import { respectPause } from "../cluster/respect-pause.ts";
import { type Manifest, REVISION_LABEL, revisionLabels } from "../manifests/manifest.ts";
import { chooseRevision } from "../revisions/choose-revision.ts";
import { listRevisions } from "../revisions/list-revisions.ts";
import { APPLIED_ANNOTATION, DEPLOYED_AT_ANNOTATION, type Revision } from "../revisions/revision.ts";
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
  const from = labels[REVISION_LABEL] ?? "";
  const target = chooseRevision(await listRevisions(api, namespace, name), from, to);
  const { manifests } = await respectPause(api, await withBundle(api, namespace, name, target, now));
  const applied = await applyManifests(api, manifests, { dryRun });
  const pruned = dryRun ? [] : await prune(api, { name, namespace }, manifests);
  const changes = [...applied, ...pruned.map((object): Change => ({ object, change: "removed" }))];
  return { from, to: target.revision, changes };
}

/** The ConfigMap is applied too, since its record says which revision was deployed last; it stands before the CronJob, as in a deploy. */
async function withBundle(
  api: ClusterApi,
  namespace: string,
  job: string,
  { revision, configMap, manifests }: Revision & { readonly manifests: readonly Manifest[] },
  now: Date,
): Promise<Manifest[]> {
  const reference = { apiVersion: "v1", kind: "ConfigMap", namespace, name: configMap };
  const live = await api.get<BuiltinObjects["configmaps"] & KubeObject>(reference);
  if (live === undefined) throw new RangeError(`ConfigMap ${configMap} has just been removed`);
  const { immutable, data, binaryData } = live;
  const annotations = {
    [APPLIED_ANNOTATION]: JSON.stringify(manifests),
    [DEPLOYED_AT_ANNOTATION]: now.toISOString().replace(/\.\d+Z$/, "Z"),
  };
  const bundle: Manifest = {
    ...{ apiVersion: "v1", kind: "ConfigMap" },
    metadata: { name: configMap, namespace, labels: revisionLabels(job, revision), annotations },
    ...{ immutable, data, binaryData },
  };
  return manifests.flatMap((manifest) => (manifest.kind === "CronJob" ? [bundle, manifest] : [manifest]));
}
