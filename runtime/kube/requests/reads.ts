import { parseDuration } from "../../job/duration.ts";
import type { LogOptions, Selection } from "../surface/call-options.ts";
import type { KubeRequest } from "./request.ts";
import { type GroupVersionResource, type Place, type ResolvedTarget, requestOf } from "./resource.ts";
import { fieldSelectorText, labelSelectorText } from "./selectors.ts";

const META = "g=meta.k8s.io;v=v1,application/json";

/** Asks for nothing but an object's metadata; for the whole of it from a server that does not know how. https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
export const METADATA_ONLY = `application/json;as=PartialObjectMetadata;${META}`;

/** The same of a list. */
export const METADATA_ONLY_LIST = `application/json;as=PartialObjectMetadataList;${META}`;

/** Reads one object. */
export function getRequest(
  gvr: GroupVersionResource,
  place: Place,
  name: string,
  options: { readonly signal?: AbortSignal; readonly subresource?: string } = {},
): KubeRequest {
  return requestOf("get", gvr, { place, name, subresource: options.subresource, signal: options.signal });
}

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
  gvr: GroupVersionResource,
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
    throw new RangeError(`resourceVersionMatch: "${match}" needs a resourceVersion`);
  }
  if (match === "Exact" && version === "0") {
    throw new RangeError(
      'resourceVersionMatch: "Exact" cannot be used with resourceVersion "0", which means any version',
    );
  }
}

const TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";

/** Asks for one page of a list as the table that `kubectl get` prints. https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
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
  /** Begins with everything that is there. */
  readonly sendInitialEvents?: boolean;
  /** Where to go on; with `sendInitialEvents` what is there is no older than this. */
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
 * Reads a container's log. Timestamps are always asked for: they tell where to go on after a cut.
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
