import type { Verb } from "../../job/access.ts";
import type { QueryInput } from "../surface/call-options.ts";
import { plainCopy } from "../values/json.ts";
import type { KubeRequest, ResourceAttributes } from "./request.ts";

/** A resource as paths and subjects need it. */
export interface GroupVersionResource {
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
export function apiVersionOf(gvr: Pick<GroupVersionResource, "group" | "version">): string {
  return gvr.group === "" ? gvr.version : `${gvr.group}/${gvr.version}`;
}

const METHODS = {
  get: "GET",
  list: "GET",
  watch: "GET",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
} as const satisfies Record<Verb, KubeRequest["method"]>;

/** Without a name, the path of a single object would be that of all of them. A subresource has one as well, whatever its verb. */
const NAMED: readonly Verb[] = ["get", "update", "patch", "delete"];

export interface RequestParts {
  readonly place: Place;
  readonly name?: string | undefined;
  /** The one name that a list is narrowed to: it stands in the attributes, and in no path. */
  readonly listedName?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query?: QueryInput;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the request for one verb on one resource: a value, checked before anything is sent.
 * @throws {RangeError} for a name or namespace that cannot stand in a path, and for a single object without its name or namespace
 */
export function requestOf(verb: Verb, gvr: GroupVersionResource, parts: RequestParts): KubeRequest {
  // Nothing that somebody has left on Object.prototype is a part.
  const own: RequestParts = Object.assign(Object.create(null), parts);
  const { place, name, listedName, subresource, query = {}, headers, body, signal } = own;
  if ((NAMED.includes(verb) || subresource !== undefined) && (typeof name !== "string" || name === "")) {
    throw new RangeError(`${verb} ${gvr.resource}: expected a name, not ${describeName(name)}`);
  }
  const namespace = gvr.namespaced && place !== "all" ? place.namespace : undefined;
  if (gvr.namespaced && namespace === undefined && (name !== undefined || verb === "create")) {
    throw new RangeError(`${verb} ${gvr.resource}: expected one namespace: use kube.inNamespace("…").${gvr.resource}`);
  }
  return {
    method: METHODS[verb],
    path: resourcePath(gvr, { namespace, name, subresource }),
    query: queryOf(query),
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body }),
    attributes: attributesOf(verb, gvr, { namespace, name: name ?? listedName, subresource }),
    ...(signal === undefined ? {} : { signal }),
  };
}

function attributesOf(
  verb: Verb,
  gvr: GroupVersionResource,
  {
    namespace,
    name,
    subresource,
  }: { namespace: string | undefined; name: string | undefined; subresource: string | undefined },
): ResourceAttributes {
  // An error has it too, where the job gets hold of it.
  return Object.freeze({
    verb,
    group: gvr.group,
    version: gvr.version,
    resource: gvr.resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(gvr.namespaced && namespace === undefined ? { allNamespaces: true } : {}),
  });
}

/** What stands where a name should: plain JavaScript can pass anything. */
function describeName(name: unknown): string {
  return name === "" ? "an empty string" : typeof name === "object" && name !== null ? "an object" : String(name);
}

/** Preconditions of a change: it is made only to this very object, in this very version. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Who a call is about. */
export interface ResolvedTarget {
  readonly name: string;
  readonly place: Place;
  readonly preconditions: Preconditions | undefined;
}

const FIELDS = ["uid", "resourceVersion"];

/** Whether the server holds an object to a uid or a resourceVersion: null and an empty text are no precondition to it, and version 0 is any. */
export function isVersion(value: unknown): boolean {
  return typeof value === "string" && !/^0*$/.test(value);
}

/**
 * Copies preconditions that a call is given.
 * @throws {RangeError} for what would hold the server to nothing
 */
export function copyPreconditions(given: object): Preconditions {
  const copy = plainCopy(given);
  const entries = Object.entries(copy);
  if (entries.length > 0 && entries.every(([key, value]) => FIELDS.includes(key) && isVersion(value))) return copy;
  throw new RangeError(`preconditions must be a uid, a resourceVersion or both, not ${JSON.stringify(copy)}`);
}

export type TargetInput =
  | string
  | {
      readonly metadata: {
        readonly name?: string;
        readonly namespace?: string;
        readonly uid?: string;
        readonly resourceVersion?: string;
      };
    };

/**
 * Reads whom a call is about: a name, or an object that the API returned, which brings its namespace and its preconditions.
 * @throws {RangeError} for an object without a name
 */
export function resolveTarget(target: TargetInput, place: Place, gvr: GroupVersionResource): ResolvedTarget {
  if (typeof target === "string") return { name: target, place, preconditions: undefined };
  const { name, namespace, uid, resourceVersion } = target?.metadata ?? {};
  if (typeof name !== "string" || name === "")
    throw new RangeError(`${gvr.resource}: expected a name or an object with metadata.name`);
  if (![uid, resourceVersion].every((one) => one === undefined || isVersion(one)))
    throw new RangeError(`${gvr.resource} "${name}": its uid and resourceVersion must be non-empty strings, not 0`);
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return {
    name,
    place: gvr.namespaced && namespace !== undefined ? { namespace } : place,
    preconditions: Object.keys(preconditions).length === 0 ? undefined : preconditions,
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const FORBIDDEN = /[/%\\?#\x00-\x1f\x7f]/;

/**
 * Checks a part of a path and escapes it. Dots would be resolved by proxies on the way, and a slash or a percent sign would make another path of it.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names
 *
 * @param what how the message calls it, such as `name` or `namespace`
 * @throws {RangeError} before anything is sent
 */
export function pathSegment(what: string, value: string): string {
  if (typeof value !== "string" || value === "") throw new RangeError(`expected a ${what}, not an empty value`);
  if (value === "." || value === ".." || FORBIDDEN.test(value) || !value.isWellFormed()) {
    throw new RangeError(
      `${JSON.stringify(value)} cannot be a ${what}: it may not be "." or "..", or contain / % \\ ? #`,
    );
  }
  // RBAC's names have colons, which may stand in a path as they are.
  return encodeURIComponent(value).replaceAll("%3A", ":");
}

interface PathParts {
  /** Left out for cluster-scoped resources and for all namespaces. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The path of a resource, an object or its subresource: `/api/v1/…` for the core group, `/apis/<group>/<version>/…` for others. */
export function resourcePath(gvr: Omit<GroupVersionResource, "kind">, parts: PathParts = {}): string {
  const { group, version, resource, namespaced } = gvr;
  const root = group === "" ? "/api" : `/apis/${pathSegment("group", group)}`;
  const place =
    namespaced && parts.namespace !== undefined ? `/namespaces/${pathSegment("namespace", parts.namespace)}` : "";
  const name = parts.name === undefined ? "" : `/${pathSegment("name", parts.name)}`;
  const subresource = parts.subresource === undefined ? "" : `/${pathSegment("subresource", parts.subresource)}`;
  return `${root}/${pathSegment("version", version)}${place}/${pathSegment("resource", resource)}${name}${subresource}`;
}

/** The same with nothing but texts, which nobody else has. */
export function copyQuery(input: QueryInput): QueryInput {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
  );
}

/** Makes the query of a request. */
export function queryOf(input: QueryInput): KubeRequest["query"] {
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const one of value as readonly unknown[]) pairs.push([name, String(one)]);
    else pairs.push([name, String(value)]);
  }
  return pairs;
}
