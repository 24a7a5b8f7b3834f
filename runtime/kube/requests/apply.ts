import type { KubeObject } from "../surface/objects.ts";
import { placeOf, typed } from "./create.ts";
import type { Place, ResourceIdentity } from "./identity.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";

const FIELD_MANAGER = /^[\x20-\x7e]{1,128}$/;

export interface ApplyRequestOptions {
  readonly fieldManager: string;
  readonly force?: boolean | undefined;
  readonly subresource?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Server-side apply. Applying the same twice leaves the same, so that it is made again after a cut.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 * @throws {RangeError} for an object without a name or with managedFields, and for a field manager that the server would refuse
 */
export function applyRequest(
  identity: ResourceIdentity,
  place: Place,
  object: KubeObject,
  options: ApplyRequestOptions,
): KubeRequest {
  const name = object.metadata?.name;
  if (name === undefined) throw new RangeError(`apply ${identity.resource}: the object has no metadata.name`);
  if (object.metadata?.managedFields !== undefined) {
    throw new RangeError(`apply ${identity.resource} "${name}": metadata.managedFields must be left out`);
  }
  if (!FIELD_MANAGER.test(options.fieldManager)) {
    throw new RangeError(`apply ${identity.resource} "${name}": a field manager has 1 to 128 printable characters`);
  }
  const request = requestOf("patch", identity, {
    place: placeOf(identity, place, object),
    name,
    subresource: options.subresource,
    query: { fieldManager: options.fieldManager, fieldValidation: "Strict", force: options.force || undefined },
    headers: { "content-type": "application/apply-patch+yaml" },
    body: typed(identity, object),
    signal: options.signal,
  });
  return { ...request, idempotent: true };
}
