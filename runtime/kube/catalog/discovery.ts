import { hasReason } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import { readJson, type Send } from "../requests/request.ts";
import { type GroupVersionResource, pathSegment } from "../requests/resource.ts";
import { monotonicNow, sleep } from "../values/time.ts";
import { AGGREGATED, type GroupDocument, groupIn } from "./served.ts";

/** A resource by its plural, or by the apiVersion and kind of its objects. Default version: the API server's preferred one. */
export type ResourceReference =
  | { readonly group: string; readonly version?: string; readonly resource: string }
  | { readonly apiVersion: string; readonly kind: string };

/** What to find: has either a plural or a kind. */
interface Wanted {
  readonly group: string;
  readonly version: string | undefined;
  readonly resource?: string;
  readonly kind?: string;
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[] | null;
}

/** The server's groups at one moment, and what was requested about them since. */
interface Known {
  readonly groups: Promise<GroupDocument>;
  readonly lists: Map<string, Promise<ResourceList>>;
}

/** Minimum time between two discovery requests after a resource was not found, in milliseconds; earlier callers wait. */
const REFRESH_MS = 1_000;

/** Finds custom resources: one request serves every resource that a job names, sent when the first of them is used. */
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
   * Resolves a resource to its group, version and scope.
   * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
   * @throws {RangeError} if the cluster has no such resource; {TransportError} if the server of its aggregated API is unavailable
   */
  async find(reference: ResourceReference): Promise<GroupVersionResource> {
    const wanted = wantedOf(reference);
    this.#known ??= this.#ask();
    const asked = this.#known;
    const known = await this.#lookUp(asked, wanted);
    if (known !== undefined) return known;
    // It may have been created since, for example a CustomResourceDefinition that the job itself created: ask once more.
    const again = await this.#askAgain(asked);
    const fresh = await this.#lookUp(again, wanted);
    if (fresh !== undefined) return fresh;
    const { group } = wanted;
    const away = groupIn(await again.groups, group)?.versions?.find(({ freshness }) => freshness === "Stale");
    if (away !== undefined) throw unavailable(nameOf(wanted), `${away.version}.${group}`);
    throw new RangeError(`the cluster has no resource ${nameOf(wanted)}: is its CustomResourceDefinition installed?`);
  }

  /**
   * Whether a resource is namespaced. Never waits: an unknown resource is not requested again before the interval has passed.
   * @returns undefined if the server has no such resource
   */
  async isNamespaced(group: string, resource: string): Promise<boolean | undefined> {
    const earlier = this.#known;
    const asked = earlier ?? this.#ask();
    this.#known = asked;
    const wanted = { group, version: undefined, resource };
    let found = await this.#lookUp(asked, wanted);
    // It may have been created since.
    if (found === undefined && asked === earlier && monotonicNow() >= this.#refreshedAt + REFRESH_MS) {
      found = await this.#lookUp(await this.#askAgain(asked), wanted);
    }
    return found?.namespaced;
  }

  #ask(): Known {
    const groups = this.#fetch<GroupDocument>("/apis", AGGREGATED);
    const known = { groups, lists: new Map<string, Promise<ResourceList>>() };
    // After a failure, the next caller asks again.
    groups.catch(() => {
      if (this.#known === known) this.#known = undefined;
    });
    return known;
  }

  /** One request for all callers that are missing a resource at the same time. */
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

  async #lookUp(known: Known, wanted: Wanted): Promise<GroupVersionResource | undefined> {
    const document = await known.groups;
    if (document.kind === "APIGroupList") return this.#lookUpOneVersion(known, document, wanted);
    const { group } = wanted;
    for (const { version, resources } of groupIn(document, group)?.versions ?? []) {
      if (wanted.version !== undefined && wanted.version !== version) continue;
      for (const { resource, responseKind, scope } of resources ?? []) {
        const kind = responseKind?.kind ?? "";
        if (isWanted(wanted, resource, kind))
          return { group, version, resource, kind, namespaced: scope === "Namespaced" };
      }
    }
    return undefined;
  }

  /** A server without aggregated discovery answers only its groups; the resources are requested per version. */
  async #lookUpOneVersion(
    { lists }: Known,
    document: GroupDocument,
    wanted: Wanted,
  ): Promise<GroupVersionResource | undefined> {
    const { group } = wanted;
    const served = document.groups?.find((one) => one.name === group);
    const version = served && (wanted.version ?? served.preferredVersion?.version);
    if (version === undefined) return undefined;
    const path = `/apis/${pathSegment("group", group)}/${pathSegment("version", version)}`;
    const list = lists.get(path) ?? this.#fetch<ResourceList>(path, "application/json");
    lists.set(path, list);
    list.catch(() => lists.delete(path));
    const { resources } = await list.catch((error: unknown) => {
      throw hasReason(error, "ServiceUnavailable") ? unavailable(nameOf(wanted), `${version}.${group}`, error) : error;
    });
    const one = resources?.find(({ name, kind }) => !name.includes("/") && isWanted(wanted, name, kind));
    return one && { group, version, resource: one.name, kind: one.kind, namespaced: one.namespaced };
  }

  /** A 404 is an empty answer, not a failure: the server has no groups, or the group was removed. */
  async #fetch<T extends object>(path: string, accept: string): Promise<T | Record<string, never>> {
    try {
      return await readJson<T>(await this.#send({ method: "GET", path, query: [], headers: { accept } }));
    } catch (error) {
      if (hasReason(error, "NotFound")) return {};
      throw error;
    }
  }
}

function wantedOf(reference: ResourceReference): Wanted {
  if ("resource" in reference) return { version: undefined, ...reference };
  const [version = "", group = ""] = reference.apiVersion.split("/").reverse();
  return { group, version, kind: reference.kind };
}

function isWanted(wanted: Wanted, resource: string, kind: string): boolean {
  return wanted.resource === undefined ? wanted.kind === kind : wanted.resource === resource;
}

function nameOf({ group, resource, kind }: Wanted): string {
  return `${resource ?? kind}.${group}`;
}

/** The error's code if the server of an aggregated API is unavailable, rather than the API server. */
export const API_UNAVAILABLE = "API_UNAVAILABLE";

/** An aggregated API may be back in a moment, so this is a TransportError. */
function unavailable(key: string, apiService: string, cause?: unknown): TransportError {
  return new TransportError(`${key}: its API ${apiService} is unavailable: its server does not answer`, {
    code: API_UNAVAILABLE,
    sent: true,
    outcomeUnknown: false,
    cause,
    hint: `run kubectl describe apiservice ${apiService}`,
  });
}
