import type { KubeObject } from "../surface/objects.ts";
import { apiVersionOf, type Place, type ResourceIdentity } from "./identity.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";

/** What writes have in common. */
export interface WriteRequestOptions {
  readonly fieldManager: string;
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore" | undefined;
  readonly subresource?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Creates an object. apiVersion, kind and namespace may be left out of it.
 * @throws {RangeError} where the object says that it is another kind, or belongs to another namespace
 */
export function createRequest(
  identity: ResourceIdentity,
  place: Place,
  object: KubeObject,
  options: WriteRequestOptions,
): KubeRequest {
  const target = placeOf(identity, place, object);
  return requestOf("create", identity, {
    place: target,
    query: { fieldManager: options.fieldManager, fieldValidation: options.fieldValidation ?? "Strict" },
    body: typed(identity, object),
    signal: options.signal,
  });
}

/** What an object says of itself. */
export interface ObjectType {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Fills apiVersion and kind in, or refuses what contradicts them. */
export function typed(
  identity: ResourceIdentity,
  object: KubeObject,
  { apiVersion, kind }: ObjectType = { apiVersion: apiVersionOf(identity), kind: identity.kind },
): KubeObject {
  if (object.kind !== undefined && object.kind !== kind) {
    throw new RangeError(`${identity.resource}: expected an object of kind ${kind}, not ${object.kind}`);
  }
  if (object.apiVersion !== undefined && object.apiVersion !== apiVersion) {
    throw new RangeError(`${identity.resource}: expected an object of ${apiVersion}, not ${object.apiVersion}`);
  }
  return { ...object, apiVersion, kind };
}

/** The namespace of an object that is written: its own, which must be the one of the call where that names one. */
export function placeOf(identity: ResourceIdentity, place: Place, object: KubeObject): Place {
  const own = object.metadata?.namespace;
  if (!identity.namespaced || own === undefined) return place;
  if (place !== "all" && place.namespace !== own) {
    throw new RangeError(
      `${identity.resource}: the object belongs to namespace "${own}", the call goes to "${place.namespace}": use kube.inNamespace("${own}")`,
    );
  }
  return { namespace: own };
}
