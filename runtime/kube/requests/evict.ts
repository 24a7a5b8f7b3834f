import type { ResourceIdentity } from "./identity.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";
import type { ResolvedTarget } from "./target.ts";

/** Asks for a pod's eviction. https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
export function evictRequest(
  identity: ResourceIdentity,
  target: ResolvedTarget,
  options: { readonly gracePeriodSeconds?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): KubeRequest {
  const { name, place, preconditions } = target;
  const namespace = place === "all" ? undefined : place.namespace;
  const deleteOptions = {
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions }),
  };
  return requestOf("create", identity, {
    place,
    name,
    subresource: "eviction",
    body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace }, deleteOptions },
    signal: options.signal,
  });
}
