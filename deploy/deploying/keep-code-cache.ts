import { KubeError } from "../../runtime/kube/errors/kube-error.ts";
import type { KubeObject } from "../../runtime/kube/objects.ts";
import type { CodeCache } from "../bundling/code-cache.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { listMetadata } from "../cluster/list-metadata.ts";
import { codeCacheConfigMap, codeCacheName, codeCacheSelector } from "../manifests/code-cache.ts";
import { configMapName } from "../manifests/config-map.ts";

/** A deployed bundle. */
interface DeployedBundle {
  readonly name: string;
  readonly namespace: string;
  readonly revision: string;
}

/**
 * Puts the code cache of a revision beside its bundle, unless there is one already: the first one stays, whoever made it. Pods start without it too, so
 * that a quota or a right that stands in the way is no failure of the deploy. Those of earlier revisions go: they take some hundred kilobytes each.
 *
 * @param make called only where there is none
 */
export async function keepCodeCache(
  api: ClusterApi,
  { name, namespace, revision }: DeployedBundle,
  make: () => Promise<CodeCache | undefined>,
): Promise<void> {
  const kind = { apiVersion: "v1", kind: "ConfigMap", namespace };
  try {
    const wanted = codeCacheName(name, revision);
    const kept = await listMetadata(api.send, kind, codeCacheSelector(name));
    if (!kept.some((metadata) => metadata.name === wanted)) {
      const [bundle, cache] = await Promise.all([
        api.get<KubeObject>({ ...kind, name: configMapName(name, revision) }),
        make(),
      ]);
      if (bundle !== undefined && cache !== undefined) await api.create(codeCacheConfigMap(bundle, cache, name));
    }
    for (const { name: old, uid, resourceVersion } of kept.filter((metadata) => metadata.name !== wanted)) {
      await api.delete({ ...kind, name: old }, { preconditions: { uid, resourceVersion } });
    }
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
  }
}
