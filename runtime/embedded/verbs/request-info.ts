import type { Verb } from "../../job/access.ts";

/** The attributes of a request, from its method and URL. */
export type RequestInfo = ResourceRequest | PathRequest;

export interface ResourceRequest {
  readonly about: "resource";
  readonly path: string;
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Empty for cluster-scoped resources and for all namespaces at once. */
  readonly namespace: string;
  /** Empty without a name. */
  readonly name: string;
  /** Empty for the object itself. Does not include the rest of a proxied path. */
  readonly subresource: string;
}

/** A non-resource request, such as `/version`. */
interface PathRequest {
  readonly about: "path";
  readonly path: string;
  /** The method in lower case, as in RBAC's nonResourceURLs rules. */
  readonly verb: string;
}

const VERB_OF_METHOD: Readonly<Record<string, Verb>> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Path segments after a namespace's name that are not resources in it. */
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

/**
 * Parses method, path and query like the API server.
 * https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/request/requestinfo.go
 *
 * @param method upper case
 * @param path the decoded path of the URL
 * @param query distinguishes a watch from a list, and may restrict a list to one name
 */
export function readRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const otherwise: PathRequest = { about: "path", path, verb: method.toLowerCase() };
  const [prefix, ...rest] = path.split("/").filter((part) => part !== "");
  const core = prefix === "api";
  if (!core && prefix !== "apis") return otherwise;
  const group = core ? "" : rest.shift();
  const version = rest.shift();
  const verb = VERB_OF_METHOD[method];
  if (group === undefined || version === undefined || rest.length === 0 || verb === undefined) return otherwise;
  const { namespace, parts } = splitNamespace(rest);
  const [resource = "", namedByPath = "", subresource = ""] = parts;
  const actual = namedByPath === "" ? verbOnMany(verb, query) : verb;
  const name = namedByPath === "" && actual !== verb ? nameFromSelector(query) : namedByPath;
  return { about: "resource", path, verb: actual, group, version, resource, namespace, name, subresource };
}

function splitNamespace(parts: readonly string[]): { namespace: string; parts: readonly string[] } {
  const [first, namespace, next] = parts;
  if (first !== "namespaces" || namespace === undefined) return { namespace: "", parts };
  const inside = next !== undefined && !NAMESPACE_SUBRESOURCES.has(next);
  return { namespace, parts: inside ? parts.slice(2) : parts };
}

function verbOnMany(verb: Verb, query: URLSearchParams): Verb {
  if (verb === "delete") return "deletecollection";
  if (verb !== "get") return verb;
  return isTrue(query.get("watch")) ? "watch" : "list";
}

/** A boolean of a query: anything but absent, `false` and `0` is true. */
export function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== "false" && value !== "0";
}

/** A list restricted to one name counts as a request with that name, so that a rule with resourceNames can allow it. */
function nameFromSelector(query: URLSearchParams): string {
  const match = /(?:^|,)metadata\.name==?([^,=]+)(?:,|$)/.exec(query.get("fieldSelector") ?? "");
  return match?.[1] ?? "";
}
