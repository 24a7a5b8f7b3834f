import type { ResourceInfo } from "../../job/access.ts";
import { apiVersionOf } from "../../kube/requests/resource.ts";
import type { ApiObject } from "../objects/api-object.ts";
import { badRequest, expired } from "../objects/api-status.ts";
import { matchesFields, parseFieldSelector } from "../selectors/field-selector.ts";
import { matchesLabels, parseLabelSelector } from "../selectors/label-selector.ts";
import type { Snapshot } from "../storage/object-store.ts";
import { type ApiRequest, type Backend, namespaceOf, type VerbHandler } from "./backend.ts";
import {
  type ContinuePosition,
  decodeContinue,
  encodeContinue,
  type ListOptions,
  readListOptions,
  versionProblem,
  versionTooLarge,
  versionTooOld,
} from "./list-options.ts";

export const getObject: VerbHandler = (request, { store }) => {
  const version = request.query.get("resourceVersion") ?? "";
  if (Number(version) > store.revision) throw versionTooLarge(version, store.revision);
  return { status: 200, body: store.mustGet(request.resource, namespaceOf(request), request.info.name) };
};

/** https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/storage/etcd3/errors.go */
const INCONSISTENT_CONTINUE =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

export interface Selection {
  /** True without a selector: only then does a page report the remaining count. */
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

/** Lists objects sorted by key; with a limit in pages of one snapshot. */
export const listObjects: VerbHandler = (request, backend) => {
  const { items, metadata } = selectPage(request, backend);
  return { status: 200, body: listOf(request.resource, items, metadata) };
};

/** A page of a list, with the list's metadata. */
interface SelectedPage {
  readonly items: readonly ApiObject[];
  readonly metadata: object;
}

/**
 * Selects the page for a request's limit, continue token and version.
 *
 * @throws {ApiStatusError} 400, 410, 422, or 504 for a future version
 */
export function selectPage(request: ApiRequest, { store }: Backend): SelectedPage {
  const { query, resource } = request;
  const options = readListOptions(query, false);
  const selection = readSelection(request);
  const position = readPosition(options);
  // A list at version 0 comes from the watch cache, which has no pages.
  const limit = options.resourceVersion === "0" ? 0 : options.limit;
  const snapshot = snapshotAt(store, resource, options, position);
  const page = takePage(snapshot, selection, position?.start ?? "", limit, request.info.namespace);
  // A deletecollection can request the same page again by its version, even a single one.
  if (page.next !== undefined || request.info.verb === "deletecollection") store.keep(resource, snapshot);
  return { items: page.items, metadata: metadataOf(page, snapshot, selection) };
}

/** A list in the API server's format. */
export function listOf(resource: ResourceInfo, items: readonly ApiObject[], metadata: object): object {
  // Items have no kind and apiVersion: only the list does.
  const bare = items.map(({ apiVersion: _version, kind: _kind, ...item }) => item);
  return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items: bare };
}

function readPosition({ continueToken, resourceVersion }: ListOptions): ContinuePosition | undefined {
  if (continueToken === "") return undefined;
  if (resourceVersion !== "" && resourceVersion !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  return decodeContinue(continueToken);
}

function snapshotAt(
  store: Backend["store"],
  resource: ResourceInfo,
  { resourceVersion, match }: ListOptions,
  position: ContinuePosition | undefined,
): Snapshot {
  if (position && position.revision > 0) {
    const kept = store.kept(resource, position.revision);
    if (!kept) throw expired(INCONSISTENT_CONTINUE, encodeContinue({ revision: -1, start: position.start }));
    return kept;
  }
  const problem = versionProblem(resourceVersion);
  if (problem) throw badRequest(`invalid resource version: ${problem}`);
  const wanted = Number(resourceVersion);
  if (wanted > store.revision) throw versionTooLarge(resourceVersion, store.revision);
  const current = store.snapshot(resource);
  if (match !== "Exact" || wanted === current.revision) return current;
  const exact = store.kept(resource, wanted);
  if (!exact) throw versionTooOld();
  return exact;
}

interface Page {
  readonly items: readonly ApiObject[];
  /** Start of the next page; undefined on the last. */
  readonly next: string | undefined;
  /** Number of remaining objects in the namespace, matching or not. */
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
