import type { ResourceInfo } from "../../job/access.ts";
import type { ApiObject } from "../api-object.ts";
import { badRequest, expired } from "../api-status.ts";
import type { ApiRequest, Backend, VerbHandler } from "../backend.ts";
import { apiVersionOf } from "../resource-table.ts";
import { matchesFields, parseFieldSelector } from "../selectors/field-selector.ts";
import { matchesLabels, parseLabelSelector } from "../selectors/label-selector.ts";
import { type ContinuePosition, decodeContinue, encodeContinue } from "../storage/continue-token.ts";
import type { Snapshot } from "../storage/object-store.ts";

/** https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/storage/etcd3/errors.go */
const INCONSISTENT_CONTINUE =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/** Tells the objects that a request is about. */
export interface Selection {
  /** True where nothing is selected by: only then the rest of a list is counted. */
  readonly everything: boolean;
  matches(object: ApiObject): boolean;
}

/** Reads labelSelector and fieldSelector. @throws {ApiStatusError} 400 */
export function readSelection({ query, resource, info }: ApiRequest): Selection {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  const fields = parseFieldSelector(query.get("fieldSelector") ?? "", resource);
  return {
    everything: labels.length === 0 && fields.length === 0,
    matches: (object) =>
      (info.namespace === "" || object.metadata.namespace === info.namespace) &&
      matchesLabels(labels, object.metadata.labels) &&
      matchesFields(fields, object),
  };
}

/** Lists objects in the order of their keys, in pages where a limit is given, each page from the moment of the first. */
export const listObjects: VerbHandler = (request, { store }) => {
  const { query, resource } = request;
  const selection = readSelection(request);
  const position = readPosition(query);
  // A list at version 0 comes from the watch cache, which knows no pages.
  const limit = query.get("resourceVersion") === "0" ? 0 : Number(query.get("limit") ?? 0);
  const snapshot = snapshotAt(store, resource, position);
  const page = takePage(snapshot, selection, position?.start ?? "", limit, request.info.namespace);
  if (page.next !== undefined) store.keep(resource, snapshot);
  return { status: 200, body: listOf(resource, page.items, metadataOf(page, snapshot, selection)) };
};

/** Every object that a request selects, now. */
export function selectObjects(request: ApiRequest, { store }: Backend): ApiObject[] {
  const selection = readSelection(request);
  return store.all(request.resource).filter((object) => selection.matches(object));
}

/** A list as the API server writes it. */
export function listOf(resource: ResourceInfo, items: readonly ApiObject[], metadata: object): object {
  // An item says neither its kind nor its version: the list does.
  const bare = items.map(({ apiVersion: _version, kind: _kind, ...item }) => item);
  return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items: bare };
}

function readPosition(query: URLSearchParams): ContinuePosition | undefined {
  const token = query.get("continue");
  if (!token) return undefined;
  const resourceVersion = query.get("resourceVersion");
  if (resourceVersion && resourceVersion !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  return decodeContinue(token);
}

function snapshotAt(store: Backend["store"], resource: ResourceInfo, position: ContinuePosition | undefined): Snapshot {
  if (!position || position.revision < 0) return store.snapshot(resource);
  const snapshot = store.kept(resource, position.revision);
  if (!snapshot) throw expired(INCONSISTENT_CONTINUE, encodeContinue({ revision: -1, start: position.start }));
  return snapshot;
}

interface Page {
  readonly items: readonly ApiObject[];
  /** Where the next page starts; undefined on the last. */
  readonly next: string | undefined;
  /** How many objects are left in the namespace, whether they match or not. */
  readonly left: number;
}

function takePage({ entries }: Snapshot, selection: Selection, start: string, limit: number, namespace: string): Page {
  const items: ApiObject[] = [];
  let lastKey = "";
  for (const [index, { key, object }] of entries.entries()) {
    if (key < start || !selection.matches(object)) continue;
    if (limit > 0 && items.length === limit) {
      const rest = entries
        .slice(index)
        .filter((entry) => namespace === "" || entry.object.metadata.namespace === namespace);
      return { items, next: `${lastKey}\0`, left: rest.length };
    }
    items.push(object);
    lastKey = key;
  }
  return { items, next: undefined, left: 0 };
}

function metadataOf({ next, left }: Page, { revision }: Snapshot, selection: Selection): object {
  const resourceVersion = String(revision);
  if (next === undefined) return { resourceVersion };
  const remaining = selection.everything ? { remainingItemCount: left } : {};
  return { resourceVersion, continue: encodeContinue({ revision, start: next }), ...remaining };
}
