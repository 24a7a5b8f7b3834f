import { isRecord } from "../../runtime/job/problem.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { unlessForbidden } from "../cluster/unless-forbidden.ts";
import { loadJobFile } from "../job-file.ts";
import { type Manifest, REVISION_LABEL } from "../manifests/manifest.ts";
import { grantsOf } from "../manifests/role.ts";
import { listRevisions } from "../revisions/list-revisions.ts";
import { findCurrent } from "../revisions/revision.ts";
import type { CronJobObject } from "../runs/find-job.ts";
import { type AnyRule, type Right, rightsOf } from "./right.ts";

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
export async function declaredWhenDeployed(api: ClusterApi, cronJob: CronJobObject): Promise<Declared | undefined> {
  const { name, namespace = "", labels = {} } = cronJob.metadata;
  const revisions = await unlessForbidden(listRevisions(api, namespace, name), []);
  const manifests = findCurrent(revisions, labels[REVISION_LABEL] ?? "")?.manifests;
  return manifests === undefined
    ? undefined
    : { rights: manifests.flatMap((manifest) => rightsIn(manifest)), source: "deployed" };
}

/** The rights that a Role or ClusterRole gives; none for other kinds. */
function rightsIn({ kind, metadata, rules }: Manifest): Right[] {
  if ((kind !== "Role" && kind !== "ClusterRole") || !Array.isArray(rules)) return [];
  return rightsOf(kind === "Role" ? metadata.namespace : undefined, rules.filter(isRecord) as AnyRule[]);
}
