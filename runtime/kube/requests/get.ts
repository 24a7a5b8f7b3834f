import type { Place, ResourceIdentity } from "./identity.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";

/** Reads one object. */
export function getRequest(
  identity: ResourceIdentity,
  place: Place,
  name: string,
  options: { readonly signal?: AbortSignal; readonly subresource?: string } = {},
): KubeRequest {
  return requestOf("get", identity, { place, name, subresource: options.subresource, signal: options.signal });
}
