import { parseDuration } from "../../job/duration.ts";
import type { LogOptions, Selection } from "../surface/call-options.ts";
import type { KubeRequest } from "./request.ts";
import { type GroupVersionResource, type Place, type ResolvedTarget, requestOf } from "./resource.ts";
import { fieldSelectorText, labelSelectorText } from "./selectors.ts";

const META = "g=meta.k8s.io;v=v1,application/json";

/** Requests only an object's metadata; servers without support answer the whole object. https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
export const METADATA_ONLY = `application/json;as=PartialObjectMetadata;${META}`;

/** The same for a list. */
export const METADATA_ONLY_LIST = `application/json;as=PartialObjectMetadataList;${META}`;

export function getRequest(
  gvr: GroupVersionResource,
  place: Place,
  name: string,
  options: { readonly signal?: AbortSignal; readonly subresource?: string } = {},
): KubeRequest {
  return requestOf("get", gvr, { place, name, subresource: options.subresource, signal: options.signal });
}

/** Default page size, in objects; the same as client-go's pager. */
export const DEFAULT_PAGE_SIZE = 500;

export interface ListRequestOptions extends Omit<Selection, "signal"> {
  readonly limit?: number;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "NotOlderThan" | "Exact";
  readonly metadataOnly?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Restricts a list to one name, as RBAC's resourceNames require for lists. */
const ONE_NAME = /^metadata\.name==?([^,=!]+)$/;

/**
 * Reads one page of a list.
 *
 * @param continueToken from the page before; contains the version and selectors of the first page
 * @throws {RangeError} for versions that the API server would refuse
 */
export function listRequest(
  gvr: GroupVersionResource,
  place: Place,
  options: ListRequestOptions = {},
  continueToken?: string,
): KubeRequest {
  const { resourceVersion, resourceVersionMatch } = options;
  checkVersions(resourceVersion, resourceVersionMatch);
  const selection = selectionQuery(options);
  const isFirst = continueToken === undefined;
  // With version 0 the server's cache ignores a limit and answers the whole list.
  const limit = resourceVersion === "0" ? undefined : (options.limit ?? DEFAULT_PAGE_SIZE);
  return {
    ...requestOf("list", gvr, {
      place,
      listedName: selection.fieldSelector === undefined ? undefined : ONE_NAME.exec(selection.fieldSelector)?.[1],
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
 * @throws {RangeError} for an empty selector, which the server would treat as none
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
    throw new RangeError(`resourceVersionMatch: "${match}" needs a resourceVersion`);
  }
  if (match === "Exact" && version === "0") {
    throw new RangeError(
      'resourceVersionMatch: "Exact" cannot be used with resourceVersion "0", which means any version',
    );
  }
}

const TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";

/** Requests one page of a list as the table that `kubectl get` prints. https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export function tableRequest(
  gvr: GroupVersionResource,
  place: Place,
  options: ListRequestOptions,
  continueToken: string | undefined,
): KubeRequest {
  const { chunked: _chunked, ...request } = listRequest(gvr, place, options, continueToken);
  return { ...request, headers: { ...request.headers, accept: TABLE } };
}

interface WatchRequestOptions extends Selection {
  /** Begin with all existing objects. */
  readonly sendInitialEvents?: boolean;
  /** Where to continue; with `sendInitialEvents`, the minimum version of the existing objects. */
  readonly resourceVersion?: string | undefined;
  readonly metadataOnly?: boolean;
  /** How long the server keeps the watch open, in seconds. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** Watches a collection. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export function watchRequest(gvr: GroupVersionResource, place: Place, options: WatchRequestOptions): KubeRequest {
  const { sendInitialEvents, resourceVersion, metadataOnly, timeoutSeconds, signal } = options;
  const list = listRequest(gvr, place, selectionQuery(options));
  const { chunked: _chunked, ...request } = list;
  const version: KubeRequest["query"] = resourceVersion === undefined ? [] : [["resourceVersion", resourceVersion]];
  const initial: KubeRequest["query"] = sendInitialEvents
    ? [
        ["sendInitialEvents", "true"],
        ["resourceVersionMatch", "NotOlderThan"],
      ]
    : [];
  return {
    ...request,
    ...(metadataOnly ? { headers: { ...request.headers, accept: METADATA_ONLY } } : {}),
    query: [
      ...request.query.filter(([name]) => name !== "limit"),
      ["watch", "true"],
      ["allowWatchBookmarks", "true"],
      ["timeoutSeconds", String(timeoutSeconds)],
      ...version,
      ...initial,
    ],
    stream: true,
    ...(request.attributes === undefined
      ? {}
      : { attributes: Object.freeze({ ...request.attributes, verb: "watch" }) }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/**
 * Reads a container's log. Always with timestamps, to know where to resume after a disconnect.
 * @throws {RangeError} for `since` together with `sinceTime`
 */
export function logRequest(gvr: GroupVersionResource, target: ResolvedTarget, options: LogOptions): KubeRequest {
  const { since, sinceTime } = options;
  if (since !== undefined && sinceTime !== undefined) throw new RangeError("logs: give since or sinceTime, not both");
  const request = requestOf("get", gvr, {
    place: target.place,
    name: target.name,
    subresource: "log",
    query: {
      container: options.container,
      follow: options.follow,
      previous: options.previous,
      sinceSeconds: since === undefined ? undefined : Math.max(1, Math.ceil(parseDuration(since) / 1_000)),
      sinceTime,
      tailLines: options.tail,
      limitBytes: options.limitBytes,
      timestamps: true,
    },
    headers: { accept: "*/*" },
    signal: options.signal,
  });
  return options.follow ? { ...request, stream: true } : { ...request, chunked: true };
}
