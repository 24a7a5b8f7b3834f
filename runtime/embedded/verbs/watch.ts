import { apiVersionOf } from "../../kube/requests/resource.ts";
import type { ApiObject } from "../objects/api-object.ts";
import { ApiStatusError, expired } from "../objects/api-status.ts";
import { isSameResource } from "../objects/resource-table.ts";
import type { StoreEvent } from "../storage/object-store.ts";
import type { ApiRequest, Backend, VerbHandler } from "./backend.ts";
import { readListOptions, versionProblem, versionTooLarge } from "./list-options.ts";
import { readSelection, type Selection } from "./read.ts";
import { represent } from "./representation.ts";
import { isTrue } from "./request-info.ts";

/** Interval of bookmarks: the API server sends one about every minute. */
const BOOKMARK_EVERY_MS = 60_000;
/** The API server ends each watch after half an hour to an hour. */
const LONGEST_WATCH_SECONDS = 3_600;

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: object;
}

/**
 * Streams changes as JSON lines, starting from a resourceVersion or with the existing objects.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export const watchObjects: VerbHandler = (request, backend) => {
  const { resourceVersion } = readListOptions(request.query, true);
  const selection = readSelection(request);
  const problem = versionProblem(resourceVersion);
  if (problem) throw new ApiStatusError(500, "", problem);
  return { status: 200, stream: openStream(request, backend, selection) };
};

function openStream(request: ApiRequest, backend: Backend, selection: Selection): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stop = (): void => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = ({ type, object }: WatchEvent): void => {
        const shown = { type, object: represent(object, request.representation) };
        controller.enqueue(encoder.encode(`${JSON.stringify(shown)}\n`));
      };
      const finish = (): void => {
        stop();
        stop = () => {};
        controller.close();
      };
      try {
        for (const event of firstEvents(request, backend, selection)) send(event);
      } catch (error) {
        if (!(error instanceof ApiStatusError)) throw error;
        send({ type: "ERROR", object: error.body });
        finish();
        return;
      }
      stop = follow(request, backend, selection, send, finish);
    },
    cancel: () => stop(),
  });
}

/** The initial events of a watch: the changes since a version, the existing objects, or none. */
function firstEvents({ query, resource }: ApiRequest, { store }: Backend, selection: Selection): WatchEvent[] {
  const version = query.get("resourceVersion") ?? "";
  const initial = query.get("sendInitialEvents");
  if (isTrue(initial) && Number(version) > store.revision) throw versionTooLarge(version, store.revision);
  if (isTrue(initial) || (initial === null && (version === "" || version === "0"))) {
    const present = store.all(resource).filter((object) => selection.matches(object));
    const events: WatchEvent[] = present.map((object) => ({ type: "ADDED", object }));
    return isTrue(initial) ? [...events, bookmark({ query, resource }, store.revision, true)] : events;
  }
  const missed = store.events.after(Number(version));
  if (!missed) throw expired(`too old resource version: ${version} (${store.events.compactedRevision + 1})`);
  return missed.flatMap((event) => translate(event, resource, selection));
}

function bookmark({ resource }: Pick<ApiRequest, "query" | "resource">, revision: number, ended: boolean): WatchEvent {
  const annotations = ended ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
  const metadata = { resourceVersion: String(revision), ...annotations };
  return { type: "BOOKMARK", object: { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } };
}

/** A change as one watcher sees it: to it, an object that leaves its selection is deleted. */
function translate(event: StoreEvent, watched: ApiRequest["resource"], selection: Selection): WatchEvent[] {
  if (!isSameResource(event.resource, watched)) return [];
  const is = event.type !== "DELETED" && selection.matches(event.object);
  const was = event.previous !== undefined && selection.matches(event.previous);
  if (!is && !was) return [];
  if (is && was) return [{ type: "MODIFIED", object: event.object }];
  return is ? [{ type: "ADDED", object: event.object }] : [{ type: "DELETED", object: lastForm(event) }];
}

/** The object's last state for the watcher, with the version of the deletion. */
function lastForm({ object, previous }: StoreEvent): ApiObject {
  const known = previous ?? object;
  return { ...known, metadata: { ...known.metadata, resourceVersion: object.metadata.resourceVersion } };
}

function follow(
  { query, resource, signal }: ApiRequest,
  { store }: Backend,
  selection: Selection,
  send: (event: WatchEvent) => void,
  finish: () => void,
): () => void {
  const stopListening = store.events.listen((event) => {
    for (const seen of translate(event, resource, selection)) send(seen);
  });
  const asked = Number(query.get("timeoutSeconds") ?? LONGEST_WATCH_SECONDS);
  const timeout = setTimeout(finish, Math.min(asked, LONGEST_WATCH_SECONDS) * 1_000);
  const bookmarks = isTrue(query.get("allowWatchBookmarks"))
    ? setInterval(() => send(bookmark({ query, resource }, store.revision, false)), BOOKMARK_EVERY_MS)
    : undefined;
  signal.addEventListener("abort", finish, { once: true });
  return () => {
    stopListening();
    clearTimeout(timeout);
    clearInterval(bookmarks);
    signal.removeEventListener("abort", finish);
  };
}
