import type { AccessRule } from "../../runtime/job/access.ts";

/** True for a custom resource: only a cluster knows whether its objects belong to a namespace. */
export function isScopeUnknown({ namespaced, path }: AccessRule): boolean {
  return namespaced === undefined && path === undefined;
}

/** What manifests that are made without a cluster take for granted. */
export function describeUnknownScopes(keys: readonly string[]): string {
  return `${keys.join(", ")}: taken for resources of a namespace, which only a cluster knows: errand deploy asks it; errand render cannot, and grants those without a namespace only to a job with scope: "cluster"`;
}
