/** A resource as paths and subjects need it. */
export interface ResourceIdentity {
  readonly group: string;
  readonly version: string;
  /** The plural of paths and RBAC rules. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Where a call goes: one namespace, or all of them at once. Cluster-scoped resources ignore it. */
export type Place = { readonly namespace: string } | "all";

/** `v1`, `apps/v1`: as objects write it. */
export function apiVersionOf(identity: Pick<ResourceIdentity, "group" | "version">): string {
  return identity.group === "" ? identity.version : `${identity.group}/${identity.version}`;
}
