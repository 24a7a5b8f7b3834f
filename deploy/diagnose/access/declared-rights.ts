import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { unlessForbidden } from "../../cluster/connect.ts";
import { REVISION_LABEL } from "../../manifests/manifest.ts";
import { grantsOf } from "../../manifests/rbac.ts";
import { type Right, rightsOf } from "../../manifests/right.ts";
import { loadJobFile } from "../../project/job-file.ts";
import { rightsIn } from "../../release/gained-rights.ts";
import { fetchRevisions } from "../../release/revisions/record-deploy.ts";
import { findCurrent } from "../../release/revisions/revision.ts";
import type { CronJobObject } from "../../runs/find-job.ts";

/** What a job declares, and where that was read. */
export interface Declared {
  readonly rights: readonly Right[];
  /** `role`: only what it was given is known, since nothing that errand writes at a deploy is there. */
  readonly source: "file" | "deployed" | "role";
}

/** Reads what a job file declares. */
export async function declaredInFile(path: string, namespace: string): Promise<Declared> {
  const { name, definition, rules } = await loadJobFile(path);
  const { byNamespace, clusterWide } = grantsOf({ name, namespace, definition }, rules);
  const narrow = [...byNamespace].flatMap(([each, policy]) => rightsOf(each, policy));
  return { rights: [...rightsOf(undefined, clusterWide), ...narrow], source: "file" };
}

/**
 * Reads what the deployed revision declares, from the record that its deploy has left.
 *
 * @returns undefined where there is no such record, or this person may not read it
 */
export async function declaredWhenDeployed(client: KubeClient, cronJob: CronJobObject): Promise<Declared | undefined> {
  const kept = await unlessForbidden(fetchRevisions(client, cronJob), undefined);
  const current = cronJob.metadata.labels?.[REVISION_LABEL] ?? "";
  const manifests = findCurrent(kept?.revisions ?? [], current)?.manifests;
  return manifests === undefined
    ? undefined
    : { rights: manifests.flatMap((manifest) => rightsIn(manifest)), source: "deployed" };
}
