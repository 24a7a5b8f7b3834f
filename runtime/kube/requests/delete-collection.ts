import type { DeleteCollectionOptions } from "../call-options.ts";
import type { KubeRequest } from "../request.ts";
import type { Place, ResourceIdentity } from "../resource/identity.ts";
import { deleteOptionsBody } from "./delete.ts";
import { selectionQuery } from "./list.ts";
import { requestOf } from "./request-of.ts";

/**
 * Deletes all objects that match.
 * @throws {RangeError} where neither a selector nor `all` says which: an empty selector would take everything
 */
export function deleteCollectionRequest(
  identity: ResourceIdentity,
  place: Place,
  options: DeleteCollectionOptions,
): KubeRequest {
  const selection = selectionQuery(options);
  if (Object.keys(selection).length === 0 && options.all !== true) {
    throw new RangeError(
      `deleteCollection ${identity.resource}: give a labelSelector or a fieldSelector, or { all: true } for everything in the namespace`,
    );
  }
  return requestOf("deletecollection", identity, {
    place,
    query: selection,
    body: deleteOptionsBody(options, options.preconditions),
    signal: options.signal,
  });
}
