import type { PathOptions, ProxyOptions } from "../surface/call-options.ts";
import type { KubeRequest } from "./request.ts";
import { type GroupVersionResource, queryOf, type ResolvedTarget, requestOf } from "./resource.ts";

/**
 * Checks a path that is sent unchanged. Dots, percent escapes or a host in it could send the token somewhere else.
 * @throws {RangeError} before anything is sent
 */
export function checkRawPath(path: string): string {
  if (typeof path !== "string") throw new RangeError(`a path must be a string, not ${typeof path}`);
  const parts = path.split("/");
  const isSafe =
    path.startsWith("/") && !path.startsWith("//") && !/[\\?#%\s]/.test(path) && /^[\x21-\x7e]+$/.test(path);
  if (!isSafe || parts.includes(".") || parts.includes("..")) {
    throw new RangeError(
      `${JSON.stringify(path)} is not a valid path: start with one slash, without "." or ".." as a part, % \\ ? # or spaces`,
    );
  }
  return path;
}

/** Reads a non-resource path, such as `/metrics`. */
export function rawRequest(path: string, { query = {}, signal }: PathOptions = {}): KubeRequest {
  return {
    method: "GET",
    path: checkRawPath(path),
    query: queryOf(query),
    headers: { accept: "text/plain, */*;q=0.5" },
    chunked: true,
    ...(signal === undefined ? {} : { signal }),
  };
}

/** RBAC's verbs for proxied methods. https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb */
const VERBS = { GET: "get", POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" } as const;

/**
 * Sends a request to a node's kubelet, a pod or a service through the API server.
 * @throws {RangeError} for an invalid path, an unknown method, or a binary body
 */
export function proxyRequest(
  gvr: GroupVersionResource,
  { name, place }: ResolvedTarget,
  path: string,
  options: ProxyOptions = {},
): KubeRequest {
  const { method = "GET", query = {}, signal } = options;
  if (typeof method !== "string" || !Object.hasOwn(VERBS, method)) {
    throw new RangeError(`proxy: the method must be one of ${Object.keys(VERBS).join(", ")}, not ${method}`);
  }
  const request = requestOf(VERBS[method], gvr, { place, name, subresource: "proxy", query, signal });
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
  if (ArrayBuffer.isView(body)) throw new RangeError("proxy: the body must be text or JSON, not bytes");
  const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
  return { body, headers: { "content-type": contentType ?? type } };
}
