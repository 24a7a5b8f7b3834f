import type { ResourceInfo } from "../../job/access.ts";
import { apiVersionOf } from "../../kube/requests/resource.ts";

/** A resource in any version: the key of the store. */
export type GroupResource = Pick<ResourceInfo, "group" | "resource">;

export const NAMESPACES: GroupResource = { group: "", resource: "namespaces" };
export const PODS: GroupResource = { group: "", resource: "pods" };
export const CONFIG_MAPS: GroupResource = { group: "", resource: "configmaps" };
export const SECRETS: GroupResource = { group: "", resource: "secrets" };
export const SERVICE_ACCOUNTS: GroupResource = { group: "", resource: "serviceaccounts" };
export const JOBS: GroupResource = { group: "batch", resource: "jobs" };

export function isSameResource(left: GroupResource, right: GroupResource): boolean {
  return left.group === right.group && left.resource === right.resource;
}

/** A served resource, with the short names for discovery. */
export type ServedResource = ResourceInfo & { readonly shortNames?: readonly string[] };

/** The served resources, by path or kind. */
export class ResourceTable {
  readonly #byPath = new Map<string, ServedResource>();
  readonly #byKind = new Map<string, ServedResource>();

  constructor(resources: readonly ServedResource[]) {
    this.replace([], resources);
  }

  get all(): readonly ServedResource[] {
    return [...this.#byPath.values()];
  }

  /** Replaces resources. @returns the added ones, without those that were already served */
  replace(before: readonly ServedResource[], after: readonly ServedResource[]): ServedResource[] {
    for (const info of before) {
      this.#byPath.delete(pathOf(info.group, info.version, info.resource));
      this.#byKind.delete(`${apiVersionOf(info)} ${info.kind}`);
    }
    const added = after.filter((info) => !this.atPath(info.group, info.version, info.resource));
    for (const info of added) {
      this.#byPath.set(pathOf(info.group, info.version, info.resource), info);
      this.#byKind.set(`${apiVersionOf(info)} ${info.kind}`, info);
    }
    return added;
  }

  atPath(group: string, version: string, resource: string): ServedResource | undefined {
    return this.#byPath.get(pathOf(group, version, resource));
  }

  ofKind(apiVersion: string | undefined, kind: string | undefined): ServedResource | undefined {
    return this.#byKind.get(`${apiVersion} ${kind}`);
  }

  /** True if the server has any resource in the group. */
  servesGroup(group: string): boolean {
    return this.all.some((info) => info.group === group);
  }

  /** All groups but the core one, with their versions, in the catalog's order. */
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

function pathOf(group: string, version: string, resource: string): string {
  return `${group}/${version}/${resource}`;
}
