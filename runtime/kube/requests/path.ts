import type { ResourceIdentity } from "./identity.ts";

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
  if (typeof value !== "string" || value === "") throw new RangeError(`a ${what} is needed: it is empty`);
  if (value === "." || value === ".." || FORBIDDEN.test(value) || !value.isWellFormed()) {
    throw new RangeError(`${JSON.stringify(value)} cannot be a ${what}: it may not be "." or ".." nor hold / % \\ ? #`);
  }
  // RBAC's names have colons, which may stand in a path as they are.
  return encodeURIComponent(value).replaceAll("%3A", ":");
}

export interface PathParts {
  /** Left out for cluster-scoped resources and for all namespaces. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The path of a resource, an object or its subresource: `/api/v1/…` for the core group, `/apis/<group>/<version>/…` for others. */
export function resourcePath(identity: Omit<ResourceIdentity, "kind">, parts: PathParts = {}): string {
  const { group, version, resource, namespaced } = identity;
  const root = group === "" ? "/api" : `/apis/${pathSegment("group", group)}`;
  const place =
    namespaced && parts.namespace !== undefined ? `/namespaces/${pathSegment("namespace", parts.namespace)}` : "";
  const name = parts.name === undefined ? "" : `/${pathSegment("name", parts.name)}`;
  const subresource = parts.subresource === undefined ? "" : `/${pathSegment("subresource", parts.subresource)}`;
  return `${root}/${pathSegment("version", version)}${place}/${pathSegment("resource", resource)}${name}${subresource}`;
}
