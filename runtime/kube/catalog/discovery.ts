import { hasReason } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import { readJson, type Send } from "../requests/request.ts";
import { type GroupVersionResource, pathSegment } from "../requests/resource.ts";
import { monotonicNow, sleep } from "../values/time.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

interface DiscoveredGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version: string;
    /** `Stale` where the server of an aggregated API did not answer when it was asked last. */
    readonly freshness?: string;
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

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[] | null;
}

/** What the server said at one moment, and what was asked of its groups since. */
interface Known {
  readonly groups: Promise<GroupDocument>;
  readonly lists: Map<string, Promise<ResourceList>>;
}

/** Where nothing is found, the server is asked again at most this often, in milliseconds; whoever asks sooner waits. */
const REFRESH_MS = 1_000;

/** Finds custom resources: one request answers for every resource that a job names, and it is made when the first of them is used. */
export class Discovery {
  readonly #send: Send;
  readonly #wait: (milliseconds: number) => Promise<void>;
  #known: Known | undefined;
  #refreshing: Promise<void> | undefined;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  /** @param wait rejects when the run ends */
  constructor(send: Send, wait: (milliseconds: number) => Promise<void> = sleep) {
    this.#send = send;
    this.#wait = wait;
  }

  /**
   * The version that the API server prefers for a resource, with its kind and scope.
   * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
   * @throws {RangeError} where the cluster has no such resource; {TransportError} where its group is there, and the server behind it is away
   */
  async find(group: string, resource: string): Promise<GroupVersionResource> {
    this.#known ??= this.#ask();
    const asked = this.#known;
    const known = await this.#lookUp(asked, group, resource);
    if (known !== undefined) return known;
    // It may have been made since: asked once more, so that a definition that the job itself created is found.
    const again = await this.#askAgain(asked);
    const fresh = await this.#lookUp(again, group, resource);
    if (fresh !== undefined) return fresh;
    const away = groupIn(await again.groups, group)?.versions?.find(({ freshness }) => freshness === "Stale");
    if (away !== undefined) throw unavailable(`${resource}.${group}`, `${away.version}.${group}`);
    throw new RangeError(
      `the cluster has no resource ${resource}.${group}: is its CustomResourceDefinition installed?`,
    );
  }

  /**
   * Whether a resource belongs to a namespace. It waits for nothing: what the server does not serve is not looked for again at once.
   * @returns undefined where the server has no such resource
   */
  async isNamespaced(group: string, resource: string): Promise<boolean | undefined> {
    const earlier = this.#known;
    const asked = earlier ?? this.#ask();
    this.#known = asked;
    let found = await this.#lookUp(asked, group, resource);
    // It may have been made since.
    if (found === undefined && asked === earlier && monotonicNow() >= this.#refreshedAt + REFRESH_MS) {
      found = await this.#lookUp(await this.#askAgain(asked), group, resource);
    }
    return found?.namespaced;
  }

  #ask(): Known {
    const groups = this.#fetch<GroupDocument>("/apis", AGGREGATED);
    const known = { groups, lists: new Map<string, Promise<ResourceList>>() };
    // What could not be asked is asked by the next who wants to know.
    groups.catch(() => {
      if (this.#known === known) this.#known = undefined;
    });
    return known;
  }

  /** One request for all who did not find something at a time. */
  async #askAgain(old: Known): Promise<Known> {
    if (this.#known === old) {
      this.#refreshing ??= this.#refresh().finally(() => {
        this.#refreshing = undefined;
      });
      await this.#refreshing;
    }
    this.#known ??= this.#ask();
    return this.#known;
  }

  async #refresh(): Promise<void> {
    const rest = this.#refreshedAt + REFRESH_MS - monotonicNow();
    if (rest > 0) await this.#wait(rest);
    this.#refreshedAt = monotonicNow();
    this.#known = this.#ask();
  }

  async #lookUp(known: Known, group: string, resource: string): Promise<GroupVersionResource | undefined> {
    const document = await known.groups;
    if (document.kind === "APIGroupList") return this.#lookUpOneVersion(known, document, group, resource);
    for (const { version, resources } of groupIn(document, group)?.versions ?? []) {
      const one = resources?.find((entry) => entry.resource === resource);
      if (one !== undefined) {
        return { group, version, resource, kind: one.responseKind?.kind ?? "", namespaced: one.scope === "Namespaced" };
      }
    }
    return undefined;
  }

  /** A server without aggregated discovery answers only the groups: the preferred version is asked for its resources. */
  async #lookUpOneVersion(
    { lists }: Known,
    document: GroupDocument,
    group: string,
    resource: string,
  ): Promise<GroupVersionResource | undefined> {
    const version = document.groups?.find((one) => one.name === group)?.preferredVersion?.version;
    if (version === undefined) return undefined;
    const path = `/apis/${pathSegment("group", group)}/${pathSegment("version", version)}`;
    const list = lists.get(path) ?? this.#fetch<ResourceList>(path, "application/json");
    lists.set(path, list);
    list.catch(() => lists.delete(path));
    const { resources } = await list.catch((error: unknown) => {
      throw hasReason(error, "ServiceUnavailable")
        ? unavailable(`${resource}.${group}`, `${version}.${group}`, error)
        : error;
    });
    const one = resources?.find((entry) => entry.name === resource);
    return one && { group, version, resource, kind: one.kind, namespaced: one.namespaced };
  }

  /** What the server does not have is nothing, and no failure: a server without groups, and a group that went. */
  async #fetch<T extends object>(path: string, accept: string): Promise<T | Record<string, never>> {
    try {
      return await readJson<T>(await this.#send({ method: "GET", path, query: [], headers: { accept } }));
    } catch (error) {
      if (hasReason(error, "NotFound")) return {};
      throw error;
    }
  }
}

function groupIn({ items }: GroupDocument, group: string): DiscoveredGroup | undefined {
  return Array.isArray(items) ? items.find((one) => one?.metadata?.name === group) : undefined;
}

/** The code of the error where the server behind an aggregated API is away, and not the API server. */
export const API_UNAVAILABLE = "API_UNAVAILABLE";

/** An API that another server answers for: it may be there again in a moment. */
function unavailable(key: string, apiService: string, cause?: unknown): TransportError {
  return new TransportError(`${key}: its API ${apiService} is not available right now: the server behind it is away`, {
    code: API_UNAVAILABLE,
    sent: true,
    outcomeUnknown: false,
    cause,
    hint: `look at it: kubectl describe apiservice ${apiService}`,
  });
}
