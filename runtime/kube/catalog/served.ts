import { readJson, type Send } from "../requests/request.ts";
import type { GroupVersionResource } from "../requests/resource.ts";

/** Requests everything a server serves in one answer; a server without aggregated discovery answers its group list. */
export const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/** The answer of `/api` and `/apis`, reduced to what is read here. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
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
  /** `Stale` if the server of an aggregated API did not answer its last discovery request. */
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

/** Finds a group by name in an aggregated document. */
export function groupIn({ items }: GroupDocument, group: string): DiscoveredGroup | undefined {
  return Array.isArray(items) ? items.find((one) => (one?.metadata?.name ?? "") === group) : undefined;
}

export interface ServedResource extends GroupVersionResource {
  readonly verbs: readonly string[];
  /** Short names of kubectl, such as `po`. */
  readonly shortNames: readonly string[];
  readonly subresources: readonly ServedSubresource[];
}

export interface ServedSubresource {
  readonly name: string;
  /** The group of the request's and answer's kind; a scale, for example, has another group than its workload. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

export interface ServedVersion {
  readonly version: string;
  /** The server of an aggregated API did not answer its last discovery request: resources may be missing. */
  readonly isAway: boolean;
  readonly resources: readonly ServedResource[];
}

export interface ServedGroup {
  /** Empty for the core group. */
  readonly group: string;
  /** The preferred one first. */
  readonly versions: readonly ServedVersion[];
}

/**
 * Reads all that a server serves, in two requests: the core group first, then the others in the server's order.
 *
 * @throws {ApiError} if the caller may not read discovery
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
      // Without a version, both are the resource's own. The group cannot tell: it is also empty for the core group.
      group: responseKind?.version ? (responseKind.group ?? "") : of.group,
      version: responseKind?.version || of.version,
      kind: responseKind?.kind ?? "",
      verbs: verbs ?? [],
    })),
  };
}
