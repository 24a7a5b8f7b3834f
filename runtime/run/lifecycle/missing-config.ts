import type { ClusterConfig } from "../../kube/config/cluster-config.ts";

/**
 * The configuration of a run that has no service account and does not need one, because its job declares no access: its pod has none mounted.
 * The first call all the same throws what was missing, before anything is sent.
 */
export function missingConfig(namespace: string, missing: unknown): ClusterConfig {
  return {
    server: "https://kubernetes.default.svc",
    token: { get: () => Promise.reject(missing) },
    namespace,
  };
}
