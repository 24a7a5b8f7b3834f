import type { Selection } from "../surface/call-options.ts";
import type { Place, ResourceIdentity } from "./identity.ts";
import { METADATA_ONLY_LIST } from "./metadata-only.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";
import { fieldSelectorText, labelSelectorText } from "./selectors.ts";

/** Objects a page, where nothing else is said: what client-go's pager asks for. */
export const DEFAULT_PAGE_SIZE = 500;

export interface ListRequestOptions extends Omit<Selection, "signal"> {
  readonly limit?: number;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "NotOlderThan" | "Exact";
  readonly metadataOnly?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The name that a list is narrowed to: RBAC's resourceNames allow a list only so. */
const ONE_NAME = /^metadata\.name==?([^,=!]+)$/;

/**
 * Reads one page of a list.
 *
 * @param continueToken from the page before; the server then takes version and selectors of the first page from it
 * @throws {RangeError} for versions that the API server would refuse
 */
export function listRequest(
  identity: ResourceIdentity,
  place: Place,
  options: ListRequestOptions = {},
  continueToken?: string,
): KubeRequest {
  const { resourceVersion, resourceVersionMatch } = options;
  checkVersions(resourceVersion, resourceVersionMatch);
  const selection = selectionQuery(options);
  const isFirst = continueToken === undefined;
  // The server's cache ignores a limit together with version 0, and would answer the whole list on every page.
  const limit = resourceVersion === "0" ? undefined : (options.limit ?? DEFAULT_PAGE_SIZE);
  return {
    ...requestOf("list", identity, {
      place,
      subjectName: selection.fieldSelector === undefined ? undefined : ONE_NAME.exec(selection.fieldSelector)?.[1],
      query: {
        ...selection,
        limit,
        ...(isFirst ? { resourceVersion, resourceVersionMatch } : { continue: continueToken }),
      },
      headers: options.metadataOnly ? { accept: METADATA_ONLY_LIST } : {},
      signal: options.signal,
    }),
    chunked: true,
  };
}

/**
 * The selectors as query parameters.
 * @throws {RangeError} for one without a term, which the server would read as none
 */
export function selectionQuery({ labelSelector, fieldSelector }: Selection): {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
} {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector: labelSelectorText(labelSelector) }),
    ...(fieldSelector === undefined ? {} : { fieldSelector: fieldSelectorText(fieldSelector) }),
  };
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list */
function checkVersions(version: string | undefined, match: string | undefined): void {
  if (match !== undefined && version === undefined) {
    throw new RangeError(`resourceVersionMatch: "${match}" needs a resourceVersion beside it`);
  }
  if (match === "Exact" && version === "0") {
    throw new RangeError('resourceVersionMatch: "Exact" cannot go with resourceVersion "0", which means any version');
  }
}
