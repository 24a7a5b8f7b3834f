import type { Verb } from "../../job/access.ts";
import { jsonBody } from "../values/json-body.ts";
import type { Place, ResourceIdentity } from "./identity.ts";
import { resourcePath } from "./path.ts";
import { type QueryInput, queryOf } from "./query.ts";
import type { KubeRequest, RequestSubject } from "./request.ts";

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
  /** Part of the subject without being part of the path, such as the one name that a list is narrowed to. */
  readonly subjectName?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query?: QueryInput;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the request for one verb on one resource: a value, checked before anything is sent.
 * @throws {RangeError} for a name or namespace that cannot stand in a path, and for a single object without its name or namespace
 */
export function requestOf(verb: Verb, identity: ResourceIdentity, parts: RequestParts): KubeRequest {
  // Nothing that somebody has left on Object.prototype is a part.
  const own: RequestParts = Object.assign(Object.create(null), parts);
  const { place, name, subjectName, subresource, query = {}, headers, body, signal } = own;
  if ((NAMED.includes(verb) || subresource !== undefined) && (typeof name !== "string" || name === "")) {
    throw new RangeError(`${verb} ${identity.resource}: a name is needed, and this is ${describeName(name)}`);
  }
  const namespace = identity.namespaced && place !== "all" ? place.namespace : undefined;
  if (identity.namespaced && namespace === undefined && (name !== undefined || verb === "create")) {
    throw new RangeError(
      `${verb} ${identity.resource}: one namespace is needed: kube.inNamespace("…").${identity.resource}`,
    );
  }
  return {
    method: METHODS[verb],
    path: resourcePath(identity, { namespace, name, subresource }),
    query: queryOf(query),
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: jsonBody(body) }),
    subject: subjectOf(verb, identity, { namespace, name: name ?? subjectName, subresource }),
    ...(signal === undefined ? {} : { signal }),
  };
}

function subjectOf(
  verb: Verb,
  identity: ResourceIdentity,
  {
    namespace,
    name,
    subresource,
  }: { namespace: string | undefined; name: string | undefined; subresource: string | undefined },
): RequestSubject {
  // An error has it too, where the job gets hold of it.
  return Object.freeze({
    verb,
    group: identity.group,
    version: identity.version,
    resource: identity.resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(identity.namespaced && namespace === undefined ? { allNamespaces: true } : {}),
  });
}

/** What stands where a name should: plain JavaScript can pass anything. */
function describeName(name: unknown): string {
  return name === "" ? "an empty text" : typeof name === "object" && name !== null ? "an object" : String(name);
}
