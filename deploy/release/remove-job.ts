import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import { ifFound } from "../cluster/connect.ts";
import { describeReference, type KindReference, type ObjectReference, resourceAt } from "../cluster/references.ts";
import { jobSelector, MANAGED_BY_LABEL, MANAGER, NAME_LABEL, NAMESPACE_LABEL } from "../manifests/manifest.ts";
import { wideName } from "../manifests/rbac.ts";
import { configMapName } from "../manifests/volumes.ts";
import { recordedRights } from "./prune.ts";

const RBAC = "rbac.authorization.k8s.io/v1";

/** What to remove. */
export interface RemoveOptions {
  readonly name: string;
  readonly namespace: string;
  /** Also its runs, with their reports and logs. */
  readonly all: boolean;
}

/** An object that belongs to a job. */
export interface JobObject extends ObjectReference {
  /** This person may not see whether it is there; the job's record says that it was created. */
  readonly isUnseen?: true;
}

/** What could not be removed. */
export interface NotRemoved {
  readonly object: ObjectReference;
  readonly why: string;
}

/**
 * Finds everything that deploys of a job created, in the order of removal: first its rights, then what triggers runs. An object counts only where both its labels
 * and its name are those that a deploy gives it.
 *
 * @returns nothing where the job is not there
 */
export async function findObjectsOf(client: KubeClient, options: RemoveOptions): Promise<JobObject[]> {
  const { name, namespace, all } = options;
  const own = (apiVersion: string, kind: string, isOwn = (found: string) => found === name) =>
    listOf(client, { apiVersion, kind, namespace }, jobSelector(name), isOwn);
  const elsewhere = (kind: string) =>
    listOf(
      client,
      { apiVersion: RBAC, kind },
      `${jobSelector(name)},${NAMESPACE_LABEL}=${namespace}`,
      (found) => found === wideName(options),
    );
  const found = await Promise.all([
    wide(client, options, "ClusterRoleBinding"),
    elsewhere("RoleBinding"),
    own(RBAC, "RoleBinding"),
    wide(client, options, "ClusterRole"),
    elsewhere("Role"),
    own(RBAC, "Role"),
    own("batch/v1", "CronJob"),
    all ? own("batch/v1", "Job", () => true) : [],
    own("networking.k8s.io/v1", "NetworkPolicy"),
    own("v1", "ServiceAccount"),
    own("v1", "ConfigMap", (each) => each.startsWith(configMapName(name, ""))),
  ]);
  const objects = found.flatMap((each) => each ?? []);
  if (!found.includes(undefined)) return objects;
  const keys = new Set(objects.map(describeReference));
  const recorded = (await recordedRights(client, options)).map(({ reference }) => reference);
  const unseen = recorded.filter((each) => each.namespace !== namespace && !keys.has(describeReference(each)));
  return [...unseen.map((each): JobObject => ({ ...each, isUnseen: true })), ...objects];
}

/**
 * Removes what was found, the rights first. What cannot be removed is reported, and the rest is removed nevertheless. The ServiceAccount stays where a binding to it
 * stays, so that nobody can recreate it and get its rights. Runs that stay have no owner then; `all` still finds them later.
 *
 * @returns what is still there
 */
export async function removeObjects(
  client: KubeClient,
  objects: readonly JobObject[],
  all: boolean,
): Promise<NotRemoved[]> {
  const left: NotRemoved[] = [];
  for (const { isUnseen, ...object } of objects) {
    const binding = left.find(({ object: { kind } }) => kind.endsWith("Binding"));
    if (object.kind === "ServiceAccount" && binding !== undefined) {
      left.push({ object, why: `${describeReference(binding.object)} still grants it rights` });
      continue;
    }
    try {
      const propagationPolicy = object.kind === "CronJob" && !all ? "Orphan" : "Background";
      await resourceAt(client, object).delete(object.name, { propagationPolicy });
    } catch (error) {
      if (!hasReason(error, "Forbidden")) throw error;
      left.push({ object, why: isUnseen ? "you may neither see nor delete it" : "you may not delete it" });
    }
  }
  return left;
}

/** @returns undefined where this person may not look outside of the namespace */
async function listOf(
  client: KubeClient,
  kind: KindReference,
  labelSelector: string,
  isOwn: (name: string) => boolean,
): Promise<ObjectReference[] | undefined> {
  const found = await unlessForbiddenElsewhere(kind, () => resourceAt(client, kind).list({ labelSelector }).toArray());
  if (found === "forbidden") return undefined;
  return found
    .filter(({ metadata }) => isOwn(metadata.name))
    .map(({ metadata }) => ({ ...kind, namespace: metadata.namespace, name: metadata.name }));
}

async function wide(
  client: KubeClient,
  { name, namespace }: RemoveOptions,
  kind: string,
): Promise<ObjectReference[] | undefined> {
  const reference: ObjectReference = { apiVersion: RBAC, kind, name: wideName({ name, namespace }) };
  const found = await unlessForbiddenElsewhere(reference, () =>
    ifFound(resourceAt(client, reference).get(reference.name)),
  );
  if (found === "forbidden") return undefined;
  const labels = found?.metadata.labels ?? {};
  return labels[MANAGED_BY_LABEL] === MANAGER && labels[NAME_LABEL] === name ? [reference] : [];
}

async function unlessForbiddenElsewhere<T>(kind: KindReference, ask: () => Promise<T>): Promise<T | "forbidden"> {
  try {
    return await ask();
  } catch (error) {
    if (kind.namespace === undefined && hasReason(error, "Forbidden")) return "forbidden";
    throw error;
  }
}
