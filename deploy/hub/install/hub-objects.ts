// The objects of a hub that is installed: what is no longer wanted of them, and all of them when it goes.

import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { hasReason } from "../../../runtime/kube/errors/api-error.ts";
import { ifFound, unlessForbidden } from "../../cluster/connect.ts";
import { type ObjectReference, resourceAt } from "../../cluster/references.ts";
import { MANAGED_BY_LABEL, MANAGER, NAME_LABEL, NAMESPACE_LABEL } from "../../manifests/manifest.ts";
import { HUB_NAME, type HubOptions, OPTIONS_VARIABLE, readHubOptions } from "../serve/hub-options.ts";
import { BUNDLE_NAME, hubRoleName } from "./hub-manifests.ts";

const RBAC = "rbac.authorization.k8s.io/v1";

/** An object that is a hub's, as it was when it was found. */
export interface HubObject {
  readonly reference: ObjectReference;
  readonly preconditions: { readonly uid: string; readonly resourceVersion: string };
}

/**
 * Finds what belongs to the hub of a namespace: by the names that it gives, where the labels are those of that hub. Others may label what they like: only objects of
 * these names are ever removed. Rights come first, bindings before roles, so that they end as soon as possible.
 *
 * @param withData also the claim, with everything that was kept
 */
export async function findHubObjects(
  client: KubeClient,
  namespace: string,
  { withData }: { readonly withData: boolean },
): Promise<HubObject[]> {
  const rights = { name: hubRoleName(namespace) };
  const own = { namespace, name: HUB_NAME };
  const places = await watchedNamespaces(client, namespace);
  const references: ObjectReference[] = [
    { apiVersion: RBAC, kind: "ClusterRoleBinding", ...rights },
    { apiVersion: RBAC, kind: "ClusterRole", ...rights },
    ...places.map((place) => ({ apiVersion: RBAC, kind: "RoleBinding", namespace: place, ...rights })),
    ...places.map((place) => ({ apiVersion: RBAC, kind: "Role", namespace: place, ...rights })),
    { apiVersion: "apps/v1", kind: "Deployment", ...own },
    ...(await bundles(client, namespace)),
    { apiVersion: "v1", kind: "ServiceAccount", ...own },
    ...(withData ? [{ apiVersion: "v1", kind: "PersistentVolumeClaim", ...own }] : []),
  ];
  const found = await Promise.all(references.map((reference) => findOwn(client, namespace, reference)));
  return found.filter((each) => each !== undefined);
}

/** Removes objects, unless they have changed since. @returns those that this person may not delete */
export async function removeHubObjects(client: KubeClient, objects: readonly HubObject[]): Promise<ObjectReference[]> {
  const left: ObjectReference[] = [];
  for (const { reference, preconditions } of objects) {
    try {
      await resourceAt(client, reference).delete(reference.name, { preconditions });
    } catch (error) {
      if (!hasReason(error, "Forbidden")) throw error;
      left.push(reference);
    }
  }
  return left;
}

/** What the hub of a namespace was told when it was installed; undefined where there is none, or nothing that can be read. */
export async function installedOptions(client: KubeClient, namespace: string): Promise<HubOptions | undefined> {
  const deployment = await unlessForbidden(
    ifFound(client.kube.inNamespace(namespace).deployments.get(HUB_NAME)),
    undefined,
  );
  const env = deployment?.spec?.template.spec?.containers[0]?.env ?? [];
  const text = env.find(({ name }) => name === OPTIONS_VARIABLE)?.value;
  try {
    return text === undefined ? undefined : readHubOptions({ [OPTIONS_VARIABLE]: text.replaceAll("$$", "$") });
  } catch {
    return undefined;
  }
}

/** Where it may have Roles: wherever there are some, or where it was told to watch. */
async function watchedNamespaces(client: KubeClient, namespace: string): Promise<string[]> {
  const labelSelector = `${NAME_LABEL}=${HUB_NAME},${NAMESPACE_LABEL}=${namespace}`;
  const kinds = ["RoleBinding", "Role"].map((kind) => ({ apiVersion: RBAC, kind }));
  const lists = await Promise.all(
    kinds.map((kind) => unlessForbidden(resourceAt(client, kind).list({ labelSelector }).toArray(), [])),
  );
  const options = await installedOptions(client, namespace);
  const seen = lists.flat().map(({ metadata }) => metadata.namespace ?? "");
  return [...new Set([namespace, ...(options?.namespaces ?? []), ...seen])];
}

async function bundles(client: KubeClient, namespace: string): Promise<ObjectReference[]> {
  const labelSelector = `${NAME_LABEL}=${HUB_NAME},${MANAGED_BY_LABEL}=${MANAGER}`;
  const { configmaps } = client.kube.inNamespace(namespace);
  const found = await unlessForbidden(configmaps.listMetadata({ labelSelector }).toArray(), []);
  return found
    .filter(({ metadata }) => BUNDLE_NAME.test(metadata.name))
    .map(({ metadata: { name } }) => ({ apiVersion: "v1", kind: "ConfigMap", namespace, name }));
}

async function findOwn(
  client: KubeClient,
  namespace: string,
  reference: ObjectReference,
): Promise<HubObject | undefined> {
  const object = await unlessForbidden(ifFound(resourceAt(client, reference).get(reference.name)), undefined);
  const { labels = {}, uid = "", resourceVersion = "" } = object?.metadata ?? {};
  const isOwn =
    labels[MANAGED_BY_LABEL] === MANAGER && labels[NAME_LABEL] === HUB_NAME && labels[NAMESPACE_LABEL] === namespace;
  return isOwn ? { reference, preconditions: { uid, resourceVersion } } : undefined;
}
