import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import type { KubeObject, Returned } from "../../runtime/kube/objects.ts";
import type { BuiltinObjects } from "../../runtime/kube/types/builtin.ts";
import {
  type JobIdentity,
  jobSelector,
  MANAGED_BY_LABEL,
  MANAGER,
  type Manifest,
  NAME_LABEL,
  NAMESPACE_LABEL,
} from "../manifests/manifest.ts";
import { wideName } from "../manifests/role.ts";
import { DEPLOYED_AT_ANNOTATION } from "../revisions/revision.ts";
import { listActiveRuns, listRuns } from "../runs/find-run.ts";
import type { ClusterApi } from "./cluster-api.ts";
import { type KindReference, type ObjectReference, referenceOf } from "./resource-path.ts";

/** Revisions that stay, the deployed one included, to go back to. One that a run still uses stays as well. */
const REVISIONS_KEPT = 5;

const RBAC = "rbac.authorization.k8s.io/v1";

type JobKey = Pick<JobIdentity, "name" | "namespace">;

/**
 * Removes what a job had before and its manifests no longer hold: rights that were wider, a ServiceAccount of its own, old revisions. Only what errand
 * made for this very job is touched, and nothing but revisions while a run is active, which may need it. Who may not see runs prunes nothing.
 *
 * @returns what was removed
 */
export async function prune(api: ClusterApi, job: JobKey, manifests: readonly Manifest[]): Promise<ObjectReference[]> {
  const active = await unlessForbidden(() => listActiveRuns(api, job.namespace, job.name), undefined);
  if (active === undefined) return [];
  const rights = active.length > 0 ? [] : await findStale(api, job, manifests);
  const stale = [...rights, ...(await findOldRevisions(api, job))];
  for (const reference of stale) await api.delete(reference);
  return stale;
}

/** Bindings before what they bind, so that no right outlives the declaration by more than it must. */
async function findStale(api: ClusterApi, job: JobKey, manifests: readonly Manifest[]): Promise<ObjectReference[]> {
  const { name, namespace } = job;
  const wide = wideName(job);
  const possible: ObjectReference[] = [
    { apiVersion: RBAC, kind: "ClusterRoleBinding", name: wide },
    { apiVersion: RBAC, kind: "ClusterRole", name: wide },
    ...(await listElsewhere(api, job, "RoleBinding")),
    ...(await listElsewhere(api, job, "Role")),
    { apiVersion: RBAC, kind: "RoleBinding", namespace, name },
    { apiVersion: RBAC, kind: "Role", namespace, name },
    { apiVersion: "v1", kind: "ServiceAccount", namespace, name },
  ];
  const wanted = new Set(manifests.map((manifest) => keyOf(referenceOf(manifest as KubeObject))));
  const unwanted = possible.filter((reference) => !wanted.has(keyOf(reference)));
  const found = await Promise.all(unwanted.map((reference) => isOfJob(api, reference, name)));
  return unwanted.filter((_, index) => found[index]);
}

function keyOf({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace ?? ""}/${name}`;
}

async function isOfJob(api: ClusterApi, reference: ObjectReference, name: string): Promise<boolean> {
  const object = await unlessForbidden(() => api.get<KubeObject>(reference), undefined);
  const labels = object?.metadata.labels;
  return labels?.[MANAGED_BY_LABEL] === MANAGER && labels[NAME_LABEL] === name;
}

async function listElsewhere(
  api: ClusterApi,
  { name, namespace }: JobKey,
  kind: "Role" | "RoleBinding",
): Promise<ObjectReference[]> {
  const reference: KindReference = { apiVersion: RBAC, kind };
  const labelSelector = `${jobSelector(name)},${NAMESPACE_LABEL}=${namespace}`;
  const found = await unlessForbidden(() => api.list<KubeObject>(reference, { labelSelector }), []);
  return found.map(({ metadata }) => ({ ...reference, namespace: metadata.namespace, name: metadata.name }));
}

/** Who may not look cannot have made it there either. */
async function unlessForbidden<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (hasReason(error, "Forbidden")) return otherwise;
    throw error;
  }
}

async function findOldRevisions(api: ClusterApi, { name, namespace }: JobKey): Promise<ObjectReference[]> {
  const kind = { apiVersion: "v1", kind: "ConfigMap", namespace };
  const [revisions, runs, cronJob] = await Promise.all([
    unlessForbidden(() => api.list<BuiltinObjects["configmaps"]>(kind, { labelSelector: jobSelector(name) }), []),
    listRuns(api, namespace, name),
    api.get<BuiltinObjects["cronjobs"]>({ apiVersion: "batch/v1", kind: "CronJob", namespace, name }),
  ]);
  const templates = [cronJob?.spec?.jobTemplate.spec?.template, ...runs.map(({ spec }) => spec?.template)];
  const used = new Set(
    templates.flatMap((template) => (template?.spec?.volumes ?? []).map(({ configMap }) => configMap?.name)),
  );
  return revisions
    .toSorted((left, right) => deployedAt(right) - deployedAt(left))
    .slice(REVISIONS_KEPT)
    .filter(({ metadata }) => !used.has(metadata.name))
    .map(({ metadata }) => ({ ...kind, name: metadata.name }));
}

/** A revision that was rolled back to is newer than it looks. */
function deployedAt({ metadata }: Returned<KubeObject>): number {
  return Date.parse(metadata.annotations?.[DEPLOYED_AT_ANNOTATION] ?? metadata.creationTimestamp);
}
