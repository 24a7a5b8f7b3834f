import type { CodeCache } from "../bundling/code-cache.ts";
import { configMapName } from "./config-map.ts";
import { COMPONENT_LABEL, MANAGED_BY_LABEL, MANAGER } from "./manifest.ts";

/** On a code cache: whose it is. */
const CODE_CACHE_LABEL = "errand/code-cache-of";

/** Selects the code caches of a job. */
export function codeCacheSelector(job: string): string {
  return `${MANAGED_BY_LABEL}=${MANAGER},${CODE_CACHE_LABEL}=${job}`;
}

/** Pods name it, and start without it where it is not there. */
export function codeCacheName(job: string, revision: string): string {
  return `${configMapName(job, revision)}-cache`;
}

/** The bundle's ConfigMap, as far as its code cache needs it. */
interface BundleOwner {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined; readonly uid: string };
}

/**
 * The ConfigMap with the code cache of a revision. It is not part of the revision, since its bytes differ from machine to machine: it belongs to the
 * bundle's ConfigMap, goes with it, and has none of the labels by which a job's objects are found.
 */
export function codeCacheConfigMap({ metadata }: BundleOwner, { files }: CodeCache, job: string) {
  const { name, namespace, uid } = metadata;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: `${name}-cache`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [MANAGED_BY_LABEL]: MANAGER, [COMPONENT_LABEL]: "code-cache", [CODE_CACHE_LABEL]: job },
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name, uid }],
    },
    immutable: true,
    binaryData: Object.fromEntries(
      Object.entries(files).map(([file, contents]) => [file, Buffer.from(contents).toString("base64")]),
    ),
  };
}
