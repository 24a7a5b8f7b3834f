import type { ClusterApi } from "../cluster/cluster-api.ts";
import { listMetadata } from "../cluster/list-metadata.ts";
import { jobSelector } from "../manifests/manifest.ts";
import { type Revision, readRevisions } from "./revision.ts";

/** The revisions of a job that the cluster holds, the last deployed first. */
export async function listRevisions(api: ClusterApi, namespace: string, job: string): Promise<Revision[]> {
  const kind = { apiVersion: "v1", kind: "ConfigMap", namespace };
  return readRevisions(await listMetadata(api.send, kind, jobSelector(job)));
}
