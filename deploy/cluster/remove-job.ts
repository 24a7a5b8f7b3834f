import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import type { KubeObject } from "../../runtime/kube/objects.ts";
import { jobSelector, MANAGED_BY_LABEL, MANAGER, NAME_LABEL, NAMESPACE_LABEL } from "../manifests/manifest.ts";
import { wideName } from "../manifests/role.ts";
import type { ClusterApi } from "./cluster-api.ts";
import type { KindReference, ObjectReference } from "./resource-path.ts";

const RBAC = "rbac.authorization.k8s.io/v1";

/** Which job, and how much of it. */
export interface RemoveOptions {
  readonly name: string;
  readonly namespace: string;
  /** Its runs too, with what they left. */
  readonly all: boolean;
}

/**
 * Finds everything that deploying a job made, in the order in which it goes: first what starts runs, then their rights and their code.
 *
 * @returns nothing where the job is not there
 */
export async function findObjectsOf(api: ClusterApi, options: RemoveOptions): Promise<ObjectReference[]> {
  const { name, namespace, all } = options;
  const own = (apiVersion: string, kind: string) => listOf(api, { apiVersion, kind, namespace }, jobSelector(name));
  const elsewhere = (kind: string) =>
    listOf(api, { apiVersion: RBAC, kind }, `${jobSelector(name)},${NAMESPACE_LABEL}=${namespace}`);
  const found = await Promise.all([
    own("batch/v1", "CronJob"),
    all ? own("batch/v1", "Job") : [],
    wide(api, options, "ClusterRoleBinding"),
    wide(api, options, "ClusterRole"),
    elsewhere("RoleBinding"),
    elsewhere("Role"),
    own(RBAC, "RoleBinding"),
    own(RBAC, "Role"),
    own("networking.k8s.io/v1", "NetworkPolicy"),
    own("v1", "ServiceAccount"),
    own("v1", "ConfigMap"),
  ]);
  return found.flat();
}

/** Removes what was found. A run that stays belongs to nobody then; `all` finds it later, too. */
export async function removeObjects(api: ClusterApi, objects: readonly ObjectReference[], all: boolean): Promise<void> {
  for (const object of objects) {
    await api.delete(object, { propagation: object.kind === "CronJob" && !all ? "Orphan" : "Background" });
  }
}

async function listOf(api: ClusterApi, kind: KindReference, labelSelector: string): Promise<ObjectReference[]> {
  const found = await unlessForbiddenElsewhere(kind, () => api.list<KubeObject>(kind, { labelSelector }));
  return (found ?? []).map(({ metadata }) => ({ ...kind, namespace: metadata.namespace, name: metadata.name }));
}

async function wide(api: ClusterApi, { name, namespace }: RemoveOptions, kind: string): Promise<ObjectReference[]> {
  const reference: ObjectReference = { apiVersion: RBAC, kind, name: wideName({ name, namespace }) };
  const found = await unlessForbiddenElsewhere(reference, () => api.get<KubeObject>(reference));
  const labels = found?.metadata.labels ?? {};
  return labels[MANAGED_BY_LABEL] === MANAGER && labels[NAME_LABEL] === name ? [reference] : [];
}

/** Who may see nothing outside the namespace cannot have put anything there. */
async function unlessForbiddenElsewhere<T>(kind: KindReference, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (kind.namespace === undefined && hasReason(error, "Forbidden")) return undefined;
    throw error;
  }
}
