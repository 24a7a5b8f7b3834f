import { readJson } from "./decode/json.ts";
import type { Send } from "./request.ts";
import type { ResourceIdentity } from "./resource/identity.ts";
import { pathSegment } from "./resource/path.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

interface DiscoveredGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version: string;
    readonly resources?: readonly DiscoveredResource[] | null;
  }[];
}

interface DiscoveredResource {
  readonly resource: string;
  readonly responseKind?: { readonly kind?: string };
  readonly scope?: string;
}

interface GroupDocument {
  readonly kind?: string;
  readonly items?: readonly DiscoveredGroup[] | null;
  readonly groups?:
    | readonly { readonly name: string; readonly preferredVersion?: { readonly version?: string } }[]
    | null;
}

/** Finds custom resources: one request answers for every resource that a job names, and it is made when the first of them is used. */
export class Discovery {
  readonly #send: Send;
  #document: Promise<GroupDocument> | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /**
   * The version that the API server prefers for a resource, with its kind and scope.
   * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
   * @throws {RangeError} where the cluster has no such resource
   */
  async find(group: string, resource: string): Promise<ResourceIdentity> {
    const known = await this.#lookUp(group, resource);
    if (known !== undefined) return known;
    // It may have been made since: asked once more, so that a definition that the job itself created is found.
    this.#document = undefined;
    const fresh = await this.#lookUp(group, resource);
    if (fresh !== undefined) return fresh;
    throw new RangeError(
      `the cluster has no resource ${resource}.${group}: is its CustomResourceDefinition installed?`,
    );
  }

  async #lookUp(group: string, resource: string): Promise<ResourceIdentity | undefined> {
    this.#document ??= this.#fetch("/apis", AGGREGATED);
    let document: GroupDocument;
    try {
      document = await this.#document;
    } catch (error) {
      this.#document = undefined;
      throw error;
    }
    if (document.kind === "APIGroupList") return this.#lookUpOneVersion(document, group, resource);
    const found = document.items?.find((one) => one.metadata?.name === group);
    for (const { version, resources } of found?.versions ?? []) {
      const one = resources?.find((entry) => entry.resource === resource);
      if (one !== undefined) {
        return { group, version, resource, kind: one.responseKind?.kind ?? "", namespaced: one.scope === "Namespaced" };
      }
    }
    return undefined;
  }

  /** A server without aggregated discovery answers only the groups: the preferred version is asked for its resources. */
  async #lookUpOneVersion(
    document: GroupDocument,
    group: string,
    resource: string,
  ): Promise<ResourceIdentity | undefined> {
    const version = document.groups?.find((one) => one.name === group)?.preferredVersion?.version;
    if (version === undefined) return undefined;
    const path = `/apis/${pathSegment("group", group)}/${pathSegment("version", version)}`;
    const list: { readonly resources?: readonly { name: string; kind: string; namespaced: boolean }[] } =
      await this.#fetch(path, "application/json");
    const one = list.resources?.find((entry) => entry.name === resource);
    return one && { group, version, resource, kind: one.kind, namespaced: one.namespaced };
  }

  async #fetch<T>(path: string, accept: string): Promise<T> {
    return readJson<T>(await this.#send({ method: "GET", path, query: [], headers: { accept } }));
  }
}
