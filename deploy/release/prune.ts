import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import type { KubeObject, ReturnedMeta } from "../../runtime/kube/surface/objects.ts";
import { ifFound, unlessForbidden } from "../cluster/connect.ts";
import {
  describeReference,
  findObject,
  type KindReference,
  type ObjectReference,
  referenceOf,
  resourceAt,
} from "../cluster/references.ts";
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
import { wideName } from "../manifests/rbac.ts";
import { configMapName } from "../manifests/volumes.ts";
import { type CronJobObject, getJob } from "../runs/find-job.ts";
import { listActiveRuns, listRuns } from "../runs/find-run.ts";
import { findForeign } from "./revisions/check-record.ts";
import { fetchRevisions } from "./revisions/record-deploy.ts";
import { REVISIONS_KEPT, readRecords, revisionsOf } from "./revisions/revision.ts";

const RBAC = "rbac.authorization.k8s.io/v1";

type JobKey = Pick<JobIdentity, "name" | "namespace">;

/** An object that is no longer wanted, as it was when it was found. */
interface Stale {
  readonly reference: ObjectReference;
  /** Absent where this person may not read it: only the job's record says that it was there. */
  readonly preconditions?: { readonly uid: string; readonly resourceVersion: string };
  /** False for what only a record older than the previous revision's mentions: it may have been removed since. */
  readonly isRecent?: boolean;
}

/** What should have been removed but is still there. */
export interface Leftover {
  readonly object: ObjectReference;
  readonly why: string;
  /** False for what a later deploy will remove by itself, and for what may not be there at all. */
  readonly isFailure: boolean;
}

/**
 * Removes what a job had before and its manifests no longer contain: wider rights, a ServiceAccount of its own, old revisions. It touches only what errand
 * created for this very job, and only old revisions while a run is active, which may need the rest. A deploy that another one has overtaken prunes nothing: what
 * the other has just applied is not stale.
 *
 * @param onLeft told what stays although nothing declares it any longer
 * @returns what was removed
 */
export async function prune(
  client: KubeClient,
  job: JobKey,
  manifests: readonly Manifest[],
  onLeft: (left: Leftover) => void = () => {},
): Promise<ObjectReference[]> {
  const live = await getJob(client, job.namespace, job.name);
  const active = await unlessForbidden(listActiveRuns(client, job.namespace, job.name), undefined);
  const rights = await findStale(client, job, manifests);
  const old = active === undefined || live === undefined ? [] : await findOldRevisions(client, job, live);
  if (rights.length + old.length === 0 || !(await isDeployed(client, manifests))) return [];
  if (active === undefined) return tellAll(rights, "an active run may need it, and you may not list Jobs", true);
  const [run] = active;
  if (run !== undefined) {
    tellAll(rights, `run ${run.metadata.name} is active and may need it; deploy again when it has ended`, false);
  }
  const removed: ObjectReference[] = [];
  for (const { reference, preconditions, isRecent = true } of [...(run === undefined ? rights : []), ...old]) {
    try {
      const options = preconditions === undefined ? {} : { preconditions };
      if ((await resourceAt(client, reference).delete(reference.name, options)) === "deleted") removed.push(reference);
    } catch (error) {
      if (!hasReason(error, "Forbidden")) throw error;
      const why = preconditions === undefined ? "you may neither see nor delete it" : "you may not delete it";
      onLeft({ object: reference, why, isFailure: isRecent });
    }
  }
  return removed;

  function tellAll(stale: readonly Stale[], why: string, isFailure: boolean): ObjectReference[] {
    for (const { reference: object, isRecent = true } of stale)
      onLeft({ object, why, isFailure: isFailure && isRecent });
    return [];
  }
}

/** What stays after a deploy or a rollback, in words. */
export function describeLeftover({ object, why }: Leftover): string {
  return `${describeReference(object)} is no longer declared but was not removed: ${why}`;
}

/** True while the job's CronJob has the revision of these manifests. */
export async function isDeployed(client: KubeClient, manifests: readonly Manifest[]): Promise<boolean> {
  const cronJob = manifests.find(({ kind }) => kind === "CronJob");
  const live = cronJob && (await findObject(client, cronJob));
  return live?.metadata.labels?.[REVISION_LABEL] === cronJob?.metadata.labels[REVISION_LABEL];
}

/** Finds what a job has and these manifests do not contain. Bindings come before the roles that they bind, so that rights end as soon as possible. */
export async function findStale(client: KubeClient, job: JobKey, manifests: readonly Manifest[]): Promise<Stale[]> {
  const { name, namespace } = job;
  const wide = wideName(job);
  const [bindings, roles] = await Promise.all([
    listElsewhere(client, job, "RoleBinding"),
    listElsewhere(client, job, "Role"),
  ]);
  const possible: ObjectReference[] = [
    { apiVersion: RBAC, kind: "ClusterRoleBinding", name: wide },
    { apiVersion: RBAC, kind: "ClusterRole", name: wide },
    ...(bindings ?? []),
    ...(roles ?? []),
    { apiVersion: RBAC, kind: "RoleBinding", namespace, name },
    { apiVersion: RBAC, kind: "Role", namespace, name },
    { apiVersion: "v1", kind: "ServiceAccount", namespace, name },
    { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespace, name },
  ];
  const wanted = new Set(manifests.map((manifest) => keyOf(referenceOf(manifest as KubeObject))));
  const unwanted = possible.filter((reference) => !wanted.has(keyOf(reference)));
  const found = await Promise.all(unwanted.map((reference) => findOfJob(client, reference, name)));
  const isBlind = found.includes("forbidden") || bindings === undefined || roles === undefined;
  const seen = new Set(unwanted.filter((_, index) => found[index] !== "forbidden").map(keyOf));
  const recorded = isBlind ? await recordedRights(client, job) : [];
  return [
    ...recorded.filter(({ reference }) => !wanted.has(keyOf(reference)) && !seen.has(keyOf(reference))),
    ...found.filter((each) => each !== undefined && each !== "forbidden"),
  ];
}

/**
 * The rights that recorded deploys gave a job, bindings first: what this person may not read may exist nevertheless. A record that names anything but the job's
 * own objects was not written by a deploy, and nothing that it names is removed.
 */
export async function recordedRights(client: KubeClient, { name, namespace }: JobKey): Promise<Stale[]> {
  const cronJob = await getJob(client, namespace, name);
  const kept = cronJob && (await unlessForbidden(fetchRevisions(client, cronJob), undefined));
  const own = (kept?.revisions ?? []).filter((each) => findForeign({ name, namespace }, each) === undefined);
  const rights = own.flatMap(({ manifests }, index) =>
    manifests
      .filter(({ apiVersion }) => apiVersion === RBAC)
      .map((manifest): Stale => ({ reference: referenceOf(manifest as KubeObject), isRecent: index < 2 })),
  );
  const first = new Map(rights.toReversed().map((each) => [keyOf(each.reference), each]));
  return [...first.values()].toSorted((left, right) => Number(isRole(left)) - Number(isRole(right)));
}

function isRole({ reference }: Stale): boolean {
  return !reference.kind.endsWith("Binding");
}

function keyOf({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace ?? ""}/${name}`;
}

async function findOfJob(
  client: KubeClient,
  reference: ObjectReference,
  name: string,
): Promise<Stale | "forbidden" | undefined> {
  const object = await unlessForbidden(
    ifFound(resourceAt(client, reference).get(reference.name)),
    "forbidden" as const,
  );
  if (object === "forbidden" || object === undefined) return object;
  const { labels } = object.metadata;
  if (labels?.[MANAGED_BY_LABEL] !== MANAGER || labels[NAME_LABEL] !== name) return undefined;
  return staleOf(reference, object.metadata);
}

function staleOf(reference: ObjectReference, { uid, resourceVersion }: ReturnedMeta): Stale {
  return { reference, preconditions: { uid, resourceVersion } };
}

/** @returns undefined where this person may not look */
async function listElsewhere(
  client: KubeClient,
  { name, namespace }: JobKey,
  kind: "Role" | "RoleBinding",
): Promise<ObjectReference[] | undefined> {
  const reference: KindReference = { apiVersion: RBAC, kind };
  const labelSelector = `${jobSelector(name)},${NAMESPACE_LABEL}=${namespace}`;
  const found = await unlessForbidden(resourceAt(client, reference).list({ labelSelector }).toArray(), undefined);
  return found
    ?.filter(({ metadata }) => metadata.name === wideName({ name, namespace }))
    .map(({ metadata }) => ({ ...reference, namespace: metadata.namespace, name: metadata.name }));
}

/** The ConfigMaps of recorded revisions beyond those that are kept, unless a run needs them. Others that look similar are not errand's. */
async function findOldRevisions(
  client: KubeClient,
  { name, namespace }: JobKey,
  cronJob: CronJobObject,
): Promise<Stale[]> {
  const old = revisionsOf(readRecords(cronJob) ?? []).slice(REVISIONS_KEPT);
  if (old.length === 0) return [];
  const kind = { apiVersion: "v1", kind: "ConfigMap", namespace };
  const [configMaps, runs] = await Promise.all([
    unlessForbidden(
      client.kube
        .inNamespace(namespace)
        .configmaps.listMetadata({ labelSelector: jobSelector(name) })
        .toArray(),
      [],
    ),
    listRuns(client, namespace, name),
  ]);
  const templates = [cronJob.spec?.jobTemplate.spec?.template, ...runs.map(({ spec }) => spec?.template)];
  const used = new Set(
    templates.flatMap((template) => (template?.spec?.volumes ?? []).map(({ configMap }) => configMap?.name)),
  );
  const names = new Set(old.map((revision) => configMapName(name, revision)));
  return configMaps
    .filter(({ metadata }) => names.has(metadata.name) && !used.has(metadata.name))
    .map(({ metadata }) => staleOf({ ...kind, name: metadata.name }, metadata));
}
