import type { PathOptions, ProxyWriteOptions } from "../surface/call-options.ts";
import { jsonText } from "../values/json-body.ts";
import type { ResourceIdentity } from "./identity.ts";
import { checkRawPath } from "./raw.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";
import type { ResolvedTarget } from "./target.ts";

/** What RBAC calls a method behind a proxy. https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb */
const VERBS = { GET: "get", POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" } as const;

/** Of any method. */
export type ProxyOptions =
  | (PathOptions & { readonly method?: "GET" })
  | ProxyWriteOptions<Exclude<keyof typeof VERBS, "GET">>;

/**
 * Sends something to a node's kubelet, a pod or a service, through the API server.
 * @throws {RangeError} for a path that is none, an unknown method, and bytes
 */
export function proxyRequest(
  identity: ResourceIdentity,
  { name, place }: ResolvedTarget,
  path: string,
  options: ProxyOptions = {},
): KubeRequest {
  const { method = "GET", query = {}, signal } = options;
  if (typeof method !== "string" || !Object.hasOwn(VERBS, method)) {
    throw new RangeError(`proxy: the method is one of ${Object.keys(VERBS).join(", ")}, not ${method}`);
  }
  const request = requestOf(VERBS[method], identity, { place, name, subresource: "proxy", query, signal });
  const content = "body" in options && options.body !== undefined ? contentOf(options.body, options.contentType) : {};
  return {
    ...request,
    path: request.path + checkRawPath(path),
    ...content,
    headers: { accept: "*/*", ...content.headers },
    chunked: true,
  };
}

function contentOf(body: string | object, contentType: string | undefined): Partial<KubeRequest> {
  if (ArrayBuffer.isView(body)) throw new RangeError("proxy: the body is text or JSON, not bytes");
  const [text, type] =
    typeof body === "string" ? [body, "text/plain; charset=utf-8"] : [jsonText(body), "application/json"];
  return { body: text, headers: { "content-type": contentType ?? type } };
}
