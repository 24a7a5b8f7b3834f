import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import type { BuiltinObjects } from "../../../runtime/kube/generated/builtin.ts";
import type { KubeObject, Returned } from "../../../runtime/kube/surface/objects.ts";
import { ifFound, unlessForbidden } from "../../cluster/connect.ts";
import { COMPONENT_LABEL, MANAGED_BY_LABEL, MANAGER, NAME_LABEL, NAMESPACE_LABEL } from "../../manifests/manifest.ts";
import { wideName } from "../../manifests/rbac.ts";
import { type Right, rightsOf } from "../../manifests/right.ts";

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
  client: KubeClient,
  job: Job,
  places: readonly (string | undefined)[],
): Promise<Right[]> {
  const roles = places.map(async (place) => {
    const name = place === job.namespace ? job.name : wideName(job);
    const roles = place === undefined ? client.kube.clusterroles : client.kube.inNamespace(place).roles;
    const role = await ifFound<Returned<RoleObject>>(roles.get(name));
    return role !== undefined && isOf(job, role) ? rightsOf(place, role.rules ?? []) : [];
  });
  return (await Promise.all(roles)).flat();
}

function isOf(job: Job, { metadata: { labels = {} } }: Returned<RoleObject>): boolean {
  return labels[NAME_LABEL] === job.name && INSTALLERS.includes(labels[MANAGED_BY_LABEL]);
}

/** Where a job has Roles, as far as this person may look: for one of which nothing else is known. */
export async function fetchPlaces(client: KubeClient, { name, namespace }: Job): Promise<(string | undefined)[]> {
  const labelSelector = `${NAME_LABEL}=${name},${COMPONENT_LABEL}=job,${NAMESPACE_LABEL}=${namespace}`;
  const found = await Promise.all([
    unlessForbidden(client.kube.allNamespaces.roles.list({ labelSelector }).toArray(), []),
    unlessForbidden(client.kube.clusterroles.list({ labelSelector }).toArray(), []),
  ]);
  return [...new Set([namespace, ...found.flat().map(({ metadata }) => metadata.namespace)])];
}
