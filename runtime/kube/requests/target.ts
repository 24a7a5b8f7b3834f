import { plainCopy } from "../values/json-body.ts";
import type { Place, ResourceIdentity } from "./identity.ts";

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

const FIELDS = ["uid", "resourceVersion"];

/** Whether the server holds an object to a uid or a resourceVersion: null and an empty text are no precondition to it, and version 0 is any. */
export function isVersion(value: unknown): boolean {
  return typeof value === "string" && !/^0*$/.test(value);
}

/**
 * Copies preconditions that a call is given.
 * @throws {RangeError} for what would hold the server to nothing
 */
export function copyPreconditions(given: object): Preconditions {
  const copy = plainCopy(given);
  const entries = Object.entries(copy);
  if (entries.length > 0 && entries.every(([key, value]) => FIELDS.includes(key) && isVersion(value))) return copy;
  throw new RangeError(`preconditions are a uid, a resourceVersion or both, and not ${JSON.stringify(copy)}`);
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
  if (![uid, resourceVersion].every((one) => one === undefined || isVersion(one)))
    throw new RangeError(
      `${identity.resource} "${name}": its uid and resourceVersion are texts that are not empty, nor 0`,
    );
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
