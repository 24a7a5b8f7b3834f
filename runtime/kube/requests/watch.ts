import type { Selection } from "../surface/call-options.ts";
import type { Place, ResourceIdentity } from "./identity.ts";
import { listRequest, selectionQuery } from "./list.ts";
import { METADATA_ONLY } from "./metadata-only.ts";
import type { KubeRequest } from "./request.ts";

export interface WatchRequestOptions extends Selection {
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
export function watchRequest(identity: ResourceIdentity, place: Place, options: WatchRequestOptions): KubeRequest {
  const { sendInitialEvents, resourceVersion, metadataOnly, timeoutSeconds, signal } = options;
  const list = listRequest(identity, place, selectionQuery(options));
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
    ...(request.subject === undefined ? {} : { subject: Object.freeze({ ...request.subject, verb: "watch" }) }),
    ...(signal === undefined ? {} : { signal }),
  };
}
