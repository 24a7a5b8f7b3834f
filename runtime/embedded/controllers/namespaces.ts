import { CONFIG_MAPS, isSameResource, NAMESPACES, SERVICE_ACCOUNTS } from "../objects/resource-table.ts";
import type { StoreEvent } from "../storage/object-store.ts";
import type { Backend } from "../verbs/backend.ts";
import { deleteObject } from "../verbs/delete.ts";

/**
 * Creates the default service account and CA bundle of each new namespace, and empties deleted namespaces.
 *
 * @param ca PEM, for the ConfigMap kube-root-ca.crt
 * @returns stops it
 */
export function manageNamespaces(backend: Backend, ca: string): () => void {
  return backend.store.events.listen((event) => {
    if (!isSameResource(event.resource, NAMESPACES)) return;
    if (event.type === "ADDED") furnish(backend, event, ca);
    else if (event.object.metadata.deletionTimestamp && event.type === "MODIFIED") {
      backend.deferred.run(0, () => empty(backend, event));
    }
  });
}

function furnish({ store }: Backend, { object }: StoreEvent, ca: string): void {
  const namespace = object.metadata.name;
  store.insert(SERVICE_ACCOUNTS, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace },
  });
  store.insert(CONFIG_MAPS, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "kube-root-ca.crt", namespace },
    data: { "ca.crt": ca },
  });
}

/** Deletes everything in the namespace without grace period, and then the namespace, unless finalizers prevent it. */
function empty(backend: Backend, { object }: StoreEvent): void {
  const { store, resources } = backend;
  const namespace = object.metadata.name;
  let left = 0;
  for (const info of resources.all) {
    if (!info.namespaced) continue;
    for (const { metadata } of store.all(info, namespace)) {
      const deletion = deleteObject(backend, info, namespace, metadata.name, { dryRun: false, gracePeriodSeconds: 0 });
      if (!deletion.gone) left += 1;
    }
  }
  if (left === 0 && store.get(NAMESPACES, undefined, namespace)) store.remove(NAMESPACES, undefined, namespace);
}
