import type { DeleteCollectionOptions } from "../surface/call-options.ts";
import { deleteOptionsBody } from "./delete.ts";
import type { Place, ResourceIdentity } from "./identity.ts";
import { DEFAULT_PAGE_SIZE, selectionQuery } from "./list.ts";
import { METADATA_ONLY_LIST } from "./metadata-only.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";

/** Which part of a collection: the server deletes no more than a page, and a page of one snapshot has the same objects each time. */
export interface CollectionPage {
  /** From the page before. */
  readonly token?: string;
  /** The snapshot of a first page. Default: what is there now. */
  readonly version?: string | undefined;
  /** Objects a page. */
  readonly limit?: number;
}

/**
 * Deletes a page of all objects that match; the answer has their metadata.
 * @throws {RangeError} where neither a selector nor `all` says which
 */
export function deleteCollectionRequest(
  identity: ResourceIdentity,
  place: Place,
  options: DeleteCollectionOptions,
  { token, version, limit = DEFAULT_PAGE_SIZE }: CollectionPage = {},
): KubeRequest {
  const selection = selectionQuery(options);
  if (Object.keys(selection).length === 0 && options.all !== true) {
    throw new RangeError(
      `deleteCollection ${identity.resource}: give a labelSelector or a fieldSelector, or { all: true } for everything in the namespace`,
    );
  }
  const snapshot = version === undefined ? {} : { resourceVersion: version, resourceVersionMatch: "Exact" };
  return requestOf("deletecollection", identity, {
    place,
    query: { ...selection, limit, ...(token === undefined ? snapshot : { continue: token }) },
    headers: { accept: METADATA_ONLY_LIST },
    body: deleteOptionsBody(options, options.preconditions),
    signal: options.signal,
  });
}
