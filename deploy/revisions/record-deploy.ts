import type { BuiltinObjects } from "../../runtime/kube/types/builtin.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { configMapName } from "../manifests/config-map.ts";
import { type Manifest, REVISION_LABEL } from "../manifests/manifest.ts";
import { getJob } from "../runs/find-job.ts";
import { DEPLOYED_AT_ANNOTATION, withRecord } from "./revision.ts";

/**
 * Makes of a job's manifests what a deploy applies: with the record that a rollback needs. The same revision deployed again keeps its time, so
 * that nothing changes.
 */
export async function recordDeploy(
  api: ClusterApi,
  job: { readonly name: string; readonly namespace: string; readonly revision: string },
  manifests: readonly Manifest[],
  now: Date,
): Promise<Manifest[]> {
  const live = await getJob(api, job.namespace, job.name);
  const again = live?.metadata.labels?.[REVISION_LABEL] === job.revision;
  const deployedAt = again ? await deployedAtOf(api, job) : undefined;
  return withRecord(manifests, deployedAt ?? now.toISOString().replace(/\.\d+Z$/, "Z"));
}

async function deployedAtOf(
  api: ClusterApi,
  { name, namespace, revision }: { readonly name: string; readonly namespace: string; readonly revision: string },
): Promise<string | undefined> {
  const reference = { apiVersion: "v1", kind: "ConfigMap", namespace, name: configMapName(name, revision) };
  const found = await api.get<BuiltinObjects["configmaps"]>(reference);
  return found?.metadata.annotations?.[DEPLOYED_AT_ANNOTATION];
}
