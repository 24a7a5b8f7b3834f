import type { Verb } from "../../job/access.ts";

/** What a request asks for, read from its method and URL alone. */
export type RequestInfo = ResourceRequest | PathRequest;

/** A request about objects. */
export interface ResourceRequest {
  readonly about: "resource";
  readonly path: string;
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Empty for cluster-scoped resources and for all namespaces at once. */
  readonly namespace: string;
  /** Empty where the request names no object. */
  readonly name: string;
  /** Empty for the object itself. The rest of a proxied path is not part of it. */
  readonly subresource: string;
}

/** Anything else, such as `/version`. */
interface PathRequest {
  readonly about: "path";
  readonly path: string;
  /** The method in lower case, which is what RBAC's nonResourceURLs rules speak of. */
  readonly verb: string;
}

const VERB_OF_METHOD: Readonly<Record<string, Verb>> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** What can follow a namespace's name and is not a resource in it. */
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

/**
 * Reads method, path and query as the API server does.
 * https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/request/requestinfo.go
 *
 * @param method upper case
 * @param path the decoded path of the URL
 * @param query tells a watch from a list, and names the object of a list of one
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

/** Query booleans: anything but absence, `false` and `0` is true. */
export function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== "false" && value !== "0";
}

/** A list of exactly one name counts as naming it, so that a rule with resourceNames can allow it. */
function nameFromSelector(query: URLSearchParams): string {
  const match = /(?:^|,)metadata\.name==?([^,=]+)(?:,|$)/.exec(query.get("fieldSelector") ?? "");
  return match?.[1] ?? "";
}
