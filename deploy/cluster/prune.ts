import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import type { KubeObject, ReturnedMeta } from "../../runtime/kube/objects.ts";
import type { BuiltinObjects } from "../../runtime/kube/types/builtin.ts";
import {
  type JobIdentity,
  jobSelector,
  MANAGED_BY_LABEL,
  MANAGER,
  type Manifest,
  NAME_LABEL,
  NAMESPACE_LABEL,
  REVISION_LABEL,
} from "../manifests/manifest.ts";
import { wideName } from "../manifests/role.ts";
import { DEPLOYED_AT_ANNOTATION } from "../revisions/revision.ts";
import { listActiveRuns, listRuns } from "../runs/find-run.ts";
import type { ClusterApi } from "./cluster-api.ts";
import { listMetadata } from "./list-metadata.ts";
import { type KindReference, type ObjectReference, referenceOf } from "./resource-path.ts";

/** Revisions that stay, the deployed one included, to go back to. One that a run still uses stays as well. */
const REVISIONS_KEPT = 5;

const RBAC = "rbac.authorization.k8s.io/v1";

type JobKey = Pick<JobIdentity, "name" | "namespace">;

/** An object as it was when it was found to be unwanted. */
interface Stale {
  readonly reference: ObjectReference;
  readonly preconditions: { readonly uid: string; readonly resourceVersion: string };
}

/**
 * Removes what a job had before and its manifests no longer hold: rights that were wider, a ServiceAccount of its own, old revisions. Only what errand
 * made for this very job is touched, and nothing but revisions while a run is active, which may need it. Who may not see runs prunes nothing, and
 * so does whom another deploy of the job has overtaken: what that one has just applied is not stale.
 *
 * @returns what was removed
 */
export async function prune(api: ClusterApi, job: JobKey, manifests: readonly Manifest[]): Promise<ObjectReference[]> {
  const active = await unlessForbidden(() => listActiveRuns(api, job.namespace, job.name), undefined);
  if (active === undefined) return [];
  const rights = active.length > 0 ? [] : await findStale(api, job, manifests);
  const stale = [...rights, ...(await findOldRevisions(api, job))];
  if (stale.length === 0 || !(await isDeployed(api, manifests))) return [];
  const removed: ObjectReference[] = [];
  for (const { reference, preconditions } of stale) {
    if (await api.delete(reference, { preconditions })) removed.push(reference);
  }
  return removed;
}

/** True while the job's CronJob is of the revision that these manifests are of. */
export async function isDeployed(api: ClusterApi, manifests: readonly Manifest[]): Promise<boolean> {
  const cronJob = manifests.find(({ kind }) => kind === "CronJob");
  const live = cronJob && (await api.get<KubeObject>(referenceOf(cronJob as KubeObject)));
  return live?.metadata.labels?.[REVISION_LABEL] === cronJob?.metadata.labels[REVISION_LABEL];
}

/** Bindings before what they bind, so that no right outlives the declaration by more than it must. */
async function findStale(api: ClusterApi, job: JobKey, manifests: readonly Manifest[]): Promise<Stale[]> {
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
    { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespace, name },
  ];
  const wanted = new Set(manifests.map((manifest) => keyOf(referenceOf(manifest as KubeObject))));
  const unwanted = possible.filter((reference) => !wanted.has(keyOf(reference)));
  const found = await Promise.all(unwanted.map((reference) => findOfJob(api, reference, name)));
  return found.filter((each) => each !== undefined);
}

function keyOf({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace ?? ""}/${name}`;
}

async function findOfJob(api: ClusterApi, reference: ObjectReference, name: string): Promise<Stale | undefined> {
  const object = await unlessForbidden(() => api.get<KubeObject>(reference), undefined);
  const labels = object?.metadata.labels;
  if (object === undefined || labels?.[MANAGED_BY_LABEL] !== MANAGER || labels[NAME_LABEL] !== name) return undefined;
  return staleOf(reference, object.metadata);
}

function staleOf(reference: ObjectReference, { uid, resourceVersion }: ReturnedMeta): Stale {
  return { reference, preconditions: { uid, resourceVersion } };
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

async function findOldRevisions(api: ClusterApi, { name, namespace }: JobKey): Promise<Stale[]> {
  const kind = { apiVersion: "v1", kind: "ConfigMap", namespace };
  const [revisions, runs, cronJob] = await Promise.all([
    unlessForbidden(() => listMetadata(api.send, kind, jobSelector(name)), []),
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
    .filter((metadata) => !used.has(metadata.name))
    .map((metadata) => staleOf({ ...kind, name: metadata.name }, metadata));
}

/** A revision that was rolled back to is newer than it looks. */
function deployedAt({ annotations, creationTimestamp }: ReturnedMeta): number {
  return Date.parse(annotations?.[DEPLOYED_AT_ANNOTATION] ?? creationTimestamp);
}
