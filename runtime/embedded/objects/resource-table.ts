import type { ResourceInfo } from "../../job/access.ts";

/** Which resource, in any of its versions: what objects are kept by. */
export type GroupResource = Pick<ResourceInfo, "group" | "resource">;

export const NAMESPACES: GroupResource = { group: "", resource: "namespaces" };
export const PODS: GroupResource = { group: "", resource: "pods" };
export const CONFIG_MAPS: GroupResource = { group: "", resource: "configmaps" };
export const SECRETS: GroupResource = { group: "", resource: "secrets" };
export const SERVICE_ACCOUNTS: GroupResource = { group: "", resource: "serviceaccounts" };
export const JOBS: GroupResource = { group: "batch", resource: "jobs" };

/** True for two names of one resource. */
export function isSameResource(left: GroupResource, right: GroupResource): boolean {
  return left.group === right.group && left.resource === right.resource;
}

/** A group and the version of it that is served. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** A resource that is served, with the abbreviations that discovery tells kubectl of. */
export type ServedResource = ResourceInfo & { readonly shortNames?: readonly string[] };

/** Finds a resource by what stands in a path or in an object. */
export class ResourceTable {
  readonly all: readonly ServedResource[];
  readonly #byPath = new Map<string, ServedResource>();
  readonly #byKind = new Map<string, ServedResource>();

  constructor(resources: readonly ServedResource[]) {
    this.all = resources;
    for (const info of resources) {
      this.#byPath.set(`${info.group}/${info.version}/${info.resource}`, info);
      this.#byKind.set(`${apiVersionOf(info)} ${info.kind}`, info);
    }
  }

  atPath(group: string, version: string, resource: string): ServedResource | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`);
  }

  ofKind(apiVersion: string | undefined, kind: string | undefined): ServedResource | undefined {
    return this.#byKind.get(`${apiVersion} ${kind}`);
  }

  /** True where the server has any resource of the group. */
  servesGroup(group: string): boolean {
    return this.all.some((info) => info.group === group);
  }

  /** The groups besides the core one, each with its versions, in the catalog's order. */
  get groups(): ReadonlyMap<string, readonly string[]> {
    const groups = new Map<string, string[]>();
    for (const { group, version } of this.all) {
      if (group === "") continue;
      const versions = groups.get(group) ?? [];
      if (!versions.includes(version)) versions.push(version);
      groups.set(group, versions);
    }
    return groups;
  }
}

/** `v1` for the core group, `group/version` for others. */
export function apiVersionOf({ group, version }: GroupVersion): string {
  return group === "" ? version : `${group}/${version}`;
}
