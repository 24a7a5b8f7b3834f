import type { BuiltinObjects } from "../../runtime/kube/types/builtin.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { configMapName } from "../manifests/config-map.ts";
import { type Manifest, REVISION_LABEL } from "../manifests/manifest.ts";
import { getJob } from "../runs/find-job.ts";
import { type AppliedSet, addSet, isSameSet, readSets } from "./applied-sets.ts";
import { APPLIED_ANNOTATION, withRecord } from "./revision.ts";

interface DeployedRevision {
  readonly name: string;
  readonly namespace: string;
  readonly revision: string;
}

/**
 * Makes of a job's manifests what a deploy applies: with the record that a rollback needs. The same again changes nothing, not even the time.
 */
export async function recordDeploy(
  api: ClusterApi,
  job: DeployedRevision,
  manifests: readonly Manifest[],
  now: Date,
): Promise<Manifest[]> {
  const applied = manifests.filter(({ kind }) => kind !== "ConfigMap");
  const [live, sets] = await Promise.all([getJob(api, job.namespace, job.name), setsOf(api, job)]);
  const [newest] = sets;
  const isDeployed = live?.metadata.labels?.[REVISION_LABEL] === job.revision;
  const again = isDeployed && newest !== undefined && isSameSet(newest, applied);
  return withRecord(manifests, again ? sets : addSet(sets, applied, now));
}

async function setsOf(api: ClusterApi, { name, namespace, revision }: DeployedRevision): Promise<AppliedSet[]> {
  const reference = { apiVersion: "v1", kind: "ConfigMap", namespace, name: configMapName(name, revision) };
  const found = await api.get<BuiltinObjects["configmaps"]>(reference);
  return readSets(found?.metadata.annotations?.[APPLIED_ANNOTATION]);
}
