import type { KubeObject } from "../surface/objects.ts";
import { type ObjectType, placeOf, typed, type WriteRequestOptions } from "./create.ts";
import type { Place, ResourceIdentity } from "./identity.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";
import { isVersion } from "./target.ts";

export interface UpdateRequestOptions extends WriteRequestOptions {
  readonly unconditional?: true | undefined;
  /** What is written, where a subresource is of another kind than its object. */
  readonly type?: ObjectType;
}

/**
 * Writes an object as a whole.
 * @throws {RangeError} for an object without the resourceVersion that it was read with, unless the update is unconditional
 */
export function updateRequest(
  identity: ResourceIdentity,
  place: Place,
  object: KubeObject,
  options: UpdateRequestOptions,
): KubeRequest {
  const { name, resourceVersion, ...metadata } = object.metadata ?? {};
  if (name === undefined) throw new RangeError(`update ${identity.resource}: the object has no metadata.name`);
  if (!isVersion(resourceVersion) && !options.unconditional) {
    throw new RangeError(
      `update ${identity.resource} "${name}": the object has no metadata.resourceVersion, so that a change made meanwhile would be lost: read it first, or give { unconditional: true }`,
    );
  }
  const body = options.unconditional ? { ...object, metadata: { name, ...metadata } } : object;
  return requestOf("update", identity, {
    place: placeOf(identity, place, object),
    name,
    subresource: options.subresource,
    query: { fieldManager: options.fieldManager, fieldValidation: options.fieldValidation ?? "Strict" },
    body: typed(identity, body, options.type),
    signal: options.signal,
  });
}
