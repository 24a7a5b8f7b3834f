import { KubeError } from "../../runtime/kube/errors/kube-error.ts";
import type { KubeObject } from "../../runtime/kube/objects.ts";
import type { CodeCache } from "../bundling/code-cache.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import { codeCacheConfigMap, codeCacheName } from "../manifests/code-cache.ts";
import { configMapName } from "../manifests/config-map.ts";

/** A deployed bundle. */
interface DeployedBundle {
  readonly name: string;
  readonly namespace: string;
  readonly revision: string;
}

/**
 * Puts the code cache of a revision beside its bundle, unless there is one already: the first one stays, whoever made it. Pods start without it too, so
 * that a quota or a right that stands in the way is no failure of the deploy.
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
    if (await api.get({ ...kind, name: codeCacheName(name, revision) })) return;
    const [bundle, cache] = await Promise.all([
      api.get<KubeObject>({ ...kind, name: configMapName(name, revision) }),
      make(),
    ]);
    if (bundle !== undefined && cache !== undefined) await api.create(codeCacheConfigMap(bundle, cache));
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
  }
}
