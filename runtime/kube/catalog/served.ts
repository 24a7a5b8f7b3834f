import { readJson, type Send } from "../requests/request.ts";
import type { GroupVersionResource } from "../requests/resource.ts";

/** Asks for everything that a server serves in one answer; for the names of its groups from a server that does not know how. */
export const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/** What `/api` and `/apis` answer, as far as it is read. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
export interface GroupDocument {
  readonly kind?: string;
  readonly items?: readonly DiscoveredGroup[] | null;
  readonly groups?:
    | readonly { readonly name: string; readonly preferredVersion?: { readonly version?: string } }[]
    | null;
}

interface DiscoveredGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly DiscoveredVersion[];
}

interface DiscoveredVersion {
  readonly version: string;
  /** `Stale` where the server of an aggregated API did not answer when it was asked last. */
  readonly freshness?: string;
  readonly resources?: readonly DiscoveredResource[] | null;
}

interface DiscoveredResource {
  readonly resource: string;
  readonly responseKind?: { readonly group?: string; readonly version?: string; readonly kind?: string };
  readonly scope?: string;
  readonly verbs?: readonly string[] | null;
  readonly shortNames?: readonly string[] | null;
  readonly subresources?: readonly DiscoveredSubresource[] | null;
}

interface DiscoveredSubresource extends Pick<DiscoveredResource, "responseKind" | "verbs"> {
  readonly subresource?: string;
}

/** The group of this name in an aggregated document. */
export function groupIn({ items }: GroupDocument, group: string): DiscoveredGroup | undefined {
  return Array.isArray(items) ? items.find((one) => (one?.metadata?.name ?? "") === group) : undefined;
}

/** One resource as a server serves it. */
export interface ServedResource extends GroupVersionResource {
  readonly verbs: readonly string[];
  /** What kubectl also understands, such as `po`. */
  readonly shortNames: readonly string[];
  readonly subresources: readonly ServedSubresource[];
}

export interface ServedSubresource {
  readonly name: string;
  /** Of what is sent and answered; a scale, for one, is of another group than its object. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

export interface ServedVersion {
  readonly version: string;
  /** True where the server behind an aggregated API did not answer when it was asked last: its resources may be missing. */
  readonly isAway: boolean;
  readonly resources: readonly ServedResource[];
}

export interface ServedGroup {
  /** Empty for the core group. */
  readonly group: string;
  /** The one that the server prefers first. */
  readonly versions: readonly ServedVersion[];
}

/**
 * Asks a server for all that it serves, in two requests: the core group first, then the others in the server's order.
 *
 * @throws {ApiError} where the caller may not read discovery
 */
export async function servedGroups(send: Send, signal?: AbortSignal): Promise<ServedGroup[]> {
  const documents = ["/api", "/apis"].map(async (path) => {
    const request = { method: "GET", path, query: [], headers: { accept: AGGREGATED } } as const;
    return readJson<GroupDocument>(await send(signal === undefined ? request : { ...request, signal }));
  });
  return (await Promise.all(documents)).flatMap(({ items }) => (items ?? []).map(servedGroup));
}

function servedGroup({ metadata, versions = [] }: DiscoveredGroup): ServedGroup {
  const group = metadata?.name ?? "";
  return {
    group,
    versions: versions.map(({ version, freshness, resources }) => ({
      version,
      isAway: freshness === "Stale",
      resources: (resources ?? []).map((one) => servedResource({ group, version }, one)),
    })),
  };
}

function servedResource(of: { group: string; version: string }, one: DiscoveredResource): ServedResource {
  return {
    ...of,
    resource: one.resource,
    kind: one.responseKind?.kind ?? "",
    namespaced: one.scope === "Namespaced",
    verbs: one.verbs ?? [],
    shortNames: one.shortNames ?? [],
    subresources: (one.subresources ?? []).map(({ subresource = "", responseKind, verbs }) => ({
      name: subresource,
      // Without a version they are the resource's own; the core group is empty as well.
      group: responseKind?.version ? (responseKind.group ?? "") : of.group,
      version: responseKind?.version || of.version,
      kind: responseKind?.kind ?? "",
      verbs: verbs ?? [],
    })),
  };
}
