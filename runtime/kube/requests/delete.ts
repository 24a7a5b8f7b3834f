import type { DeleteOptions } from "../surface/call-options.ts";
import type { ResourceIdentity } from "./identity.ts";
import { METADATA_ONLY } from "./metadata-only.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";
import type { ResolvedTarget } from "./target.ts";

/** Deletes an object. The propagation policy is always said: for batch/v1 Jobs the server's own default leaves their pods behind. */
export function deleteRequest(
  identity: ResourceIdentity,
  target: ResolvedTarget,
  options: DeleteOptions = {},
): KubeRequest {
  const preconditions = options.preconditions ?? target.preconditions;
  const request = requestOf("delete", identity, {
    place: target.place,
    name: target.name,
    // To write and read whole pods would take both sides a part of a mass deletion's time.
    headers: { accept: METADATA_ONLY },
    body: deleteOptionsBody(options, preconditions),
    signal: options.signal,
  });
  // One uid is deleted at most once, so that asking again after a cut can do no harm.
  return preconditions?.uid === undefined ? request : { ...request, idempotent: true };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
export function deleteOptionsBody(options: DeleteOptions, preconditions: DeleteOptions["preconditions"]): object {
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy: options.propagationPolicy ?? "Background",
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions }),
  };
}
