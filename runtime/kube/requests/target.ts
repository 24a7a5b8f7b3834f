import type { Place, ResourceIdentity } from "../resource/identity.ts";

/** Preconditions of a change: it is made only to this very object, in this very version. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Who a call is about. */
export interface ResolvedTarget {
  readonly name: string;
  readonly place: Place;
  readonly preconditions: Preconditions | undefined;
}

export type TargetInput =
  | string
  | {
      readonly metadata: {
        readonly name?: string;
        readonly namespace?: string;
        readonly uid?: string;
        readonly resourceVersion?: string;
      };
    };

/**
 * Reads whom a call is about: a name, or an object that the API returned, which brings its namespace and its preconditions.
 * @throws {RangeError} for an object without a name
 */
export function resolveTarget(target: TargetInput, place: Place, identity: ResourceIdentity): ResolvedTarget {
  if (typeof target === "string") return { name: target, place, preconditions: undefined };
  const { name, namespace, uid, resourceVersion } = target?.metadata ?? {};
  if (typeof name !== "string" || name === "")
    throw new RangeError(`${identity.resource}: a name or an object with metadata.name is needed`);
  // A null would be no precondition to the server.
  if (![uid, resourceVersion].every((one) => one === undefined || (typeof one === "string" && one !== "")))
    throw new RangeError(`${identity.resource} "${name}": its uid and resourceVersion are texts that are not empty`);
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return {
    name,
    place: identity.namespaced && namespace !== undefined ? { namespace } : place,
    preconditions: Object.keys(preconditions).length === 0 ? undefined : preconditions,
  };
}
