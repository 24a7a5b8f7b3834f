import type { KubeClient } from "../../../runtime/kube/connected-client.ts";

/**
 * Watches which namespaces have some labels. A namespace that has them no longer keeps the runs that were kept of it.
 *
 * @param selector labels, as `kubectl -l` takes them
 * @param on.joined told when another namespace has them: what is in it has been passed over until then
 * @returns tells whether a namespace is one of them now; made once all of them are known
 */
export async function selectedNamespaces(
  client: KubeClient,
  selector: string,
  signal: AbortSignal,
  on: { readonly joined: () => void; readonly problem: (text: string) => void },
): Promise<(namespace: string) => boolean> {
  const names = new Set<string>();
  let isSynced = false;
  const synced = Promise.withResolvers<void>();
  const follow = async (): Promise<void> => {
    for await (const event of client.kube.namespaces.watch({ labelSelector: selector, signal })) {
      if (event.type === "SYNCED") {
        isSynced = true;
        synced.resolve();
      } else if (event.type === "DELETED") names.delete(event.object.metadata.name);
      else if (!names.has(event.object.metadata.name)) {
        names.add(event.object.metadata.name);
        if (isSynced) on.joined();
      }
    }
  };
  follow().catch((error: unknown) => {
    synced.reject(error);
    if (!signal.aborted)
      on.problem(`Namespaces are watched no longer: ${error instanceof Error ? error.message : error}`);
  });
  await synced.promise;
  return (namespace) => names.has(namespace);
}
