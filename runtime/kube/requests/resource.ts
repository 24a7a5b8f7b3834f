import type { Verb } from "../../job/access.ts";
import type { QueryInput } from "../surface/call-options.ts";
import { plainCopy } from "../values/json.ts";
import type { KubeRequest, ResourceAttributes } from "./request.ts";

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  /** The plural, as in paths and RBAC rules. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** One namespace or all namespaces. Ignored for cluster-scoped resources. */
export type Place = { readonly namespace: string } | "all";

/** `v1`, `apps/v1`: the apiVersion of objects. */
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

/** Verbs that require a name: without it, the path would be the collection's. Subresources always require one. */
const NAMED: readonly Verb[] = ["get", "update", "patch", "delete"];

export interface RequestParts {
  readonly place: Place;
  readonly name?: string | undefined;
  /** The name that a list is restricted to: in the attributes, not in the path. */
  readonly listedName?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query?: QueryInput;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds and checks the request for one verb on one resource.
 * @throws {RangeError} for an invalid name or namespace, or a single object without its name or namespace
 */
export function requestOf(verb: Verb, gvr: GroupVersionResource, parts: RequestParts): KubeRequest {
  // Ignore anything on Object.prototype.
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
  // Frozen because errors expose it to the job.
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

/** Plain JavaScript can pass anything as a name. */
function describeName(name: unknown): string {
  return name === "" ? "an empty string" : typeof name === "object" && name !== null ? "an object" : String(name);
}

/** Preconditions of a change: the object's identity and version. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** The object that a call is about. */
export interface ResolvedTarget {
  readonly name: string;
  readonly place: Place;
  readonly preconditions: Preconditions | undefined;
}

const FIELDS = ["uid", "resourceVersion"];

/** True if the server treats the value as a precondition: it ignores null and empty strings, and version 0 means any. */
export function isVersion(value: unknown): boolean {
  return typeof value === "string" && !/^0*$/.test(value);
}

/**
 * Copies the preconditions of a call.
 * @throws {RangeError} for values that the server would ignore
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
 * Resolves the target of a call: a name, or an object from the API, which also provides namespace and preconditions.
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: refuses control characters
const FORBIDDEN = /[/%\\?#\x00-\x1f\x7f]/;

/**
 * Checks and escapes a path segment. Proxies would resolve dots, and a slash or a percent sign would change the path.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names
 *
 * @param what its name in messages, such as `name` or `namespace`
 * @throws {RangeError} before anything is sent
 */
export function pathSegment(what: string, value: string): string {
  if (typeof value !== "string" || value === "") throw new RangeError(`expected a ${what}, not an empty value`);
  if (value === "." || value === ".." || FORBIDDEN.test(value) || !value.isWellFormed()) {
    throw new RangeError(
      `${JSON.stringify(value)} cannot be a ${what}: it may not be "." or "..", or contain / % \\ ? #`,
    );
  }
  // RBAC's names contain colons, which are valid in a path.
  return encodeURIComponent(value).replaceAll("%3A", ":");
}

interface PathParts {
  /** Absent for cluster-scoped resources and for all namespaces. */
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

/** A copy with all values as strings. */
export function copyQuery(input: QueryInput): QueryInput {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
  );
}

export function queryOf(input: QueryInput): KubeRequest["query"] {
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const one of value as readonly unknown[]) pairs.push([name, String(one)]);
    else pairs.push([name, String(value)]);
  }
  return pairs;
}
