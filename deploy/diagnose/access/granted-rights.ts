import type { BuiltinObjects } from "../../../runtime/kube/generated/builtin.ts";
import type { KubeObject, Returned } from "../../../runtime/kube/surface/objects.ts";
import type { ClusterApi } from "../../cluster/cluster-api.ts";
import { unlessForbidden } from "../../cluster/unless-forbidden.ts";
import { COMPONENT_LABEL, MANAGED_BY_LABEL, MANAGER, NAME_LABEL, NAMESPACE_LABEL } from "../../manifests/manifest.ts";
import { type Right, rightsOf } from "../../manifests/right.ts";
import { wideName } from "../../manifests/role.ts";

type RoleObject = KubeObject & Pick<BuiltinObjects["roles"], "rules">;

/** Helm writes its own name over that label of what it installs. */
const INSTALLERS: readonly unknown[] = [MANAGER, "Helm"];

interface Job {
  readonly name: string;
  readonly namespace: string;
}

/**
 * The rules of the job's own Roles, whoever has applied them.
 *
 * @param places namespaces where it declares something; undefined stands for the whole cluster
 */
export async function fetchGranted(
  api: ClusterApi,
  job: Job,
  places: readonly (string | undefined)[],
): Promise<Right[]> {
  const roles = places.map(async (place) => {
    const name = place === job.namespace ? job.name : wideName(job);
    const kind = place === undefined ? "ClusterRole" : "Role";
    const reference = { apiVersion: "rbac.authorization.k8s.io/v1", kind, namespace: place, name };
    const role = await api.get<RoleObject>(reference);
    return role !== undefined && isOf(job, role) ? rightsOf(place, role.rules ?? []) : [];
  });
  return (await Promise.all(roles)).flat();
}

function isOf(job: Job, { metadata: { labels = {} } }: Returned<RoleObject>): boolean {
  return labels[NAME_LABEL] === job.name && INSTALLERS.includes(labels[MANAGED_BY_LABEL]);
}

/** Where a job has Roles, as far as this person may look: for one of which nothing else is known. */
export async function fetchPlaces(api: ClusterApi, { name, namespace }: Job): Promise<(string | undefined)[]> {
  const labelSelector = `${NAME_LABEL}=${name},${COMPONENT_LABEL}=job,${NAMESPACE_LABEL}=${namespace}`;
  const kinds = ["Role", "ClusterRole"].map((kind) => ({ apiVersion: "rbac.authorization.k8s.io/v1", kind }));
  const found = await Promise.all(
    kinds.map((kind) => unlessForbidden(api.list<RoleObject>(kind, { labelSelector }), [])),
  );
  return [...new Set([namespace, ...found.flat().map(({ metadata }) => metadata.namespace)])];
}
