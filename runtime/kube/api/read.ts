import type { ShareBasis } from "../../job/limits.ts";
import { TransportError } from "../errors/kube-error.ts";
import { listObjects, metadataOf, objectList } from "../list/list-objects.ts";
import { badList, itemsOf, PageTokens } from "../list/pages.ts";
import { countedAs } from "../pipeline/limit-ledger.ts";
import { getRequest, type ListRequestOptions, listRequest, tableRequest } from "../requests/reads.ts";
import { readJson } from "../requests/request.ts";
import type { GroupVersionResource } from "../requests/resource.ts";
import type { ListOptions } from "../surface/call-options.ts";
import type { ObjectList, TableRow } from "../surface/call-results.ts";
import type { KubeObject, Returned, ReturnedMeta } from "../surface/objects.ts";
import { eitherSignal } from "../values/time.ts";
import type { MethodContext } from "./call.ts";

/** Reads one object. */
export async function getObject<T extends KubeObject>(
  context: MethodContext,
  name: string,
  options: { readonly signal?: AbortSignal; readonly subresource?: string } = {},
): Promise<T> {
  const gvr = await context.gvr();
  return readJson<T>(await context.send(getRequest(gvr, context.place, name, options)));
}

/** Iterates over all matching objects. */
export function listObjectsOf<T extends KubeObject>(
  context: MethodContext,
  options: ListOptions & { readonly metadataOnly?: boolean } = {},
): ObjectList<T> {
  return objectList<T>(() => batchesOf<T>(context, options));
}

async function* batchesOf<T extends KubeObject>(
  context: MethodContext,
  options: ListRequestOptions,
): AsyncGenerator<readonly T[], void, undefined> {
  const gvr = await context.gvr();
  await noteFirst(context, options);
  const batches = listObjects<T>(
    context.send,
    (token, signal) =>
      listRequest(gvr, context.place, { ...options, signal: eitherSignal(options.signal, signal) }, token),
    { onInconsistent: (text) => context.stats.warn(`${gvr.resource}: ${text}`) },
  );
  if (options.metadataOnly) for await (const batch of batches) yield batch.map(metadataOf);
  else yield* batches;
}

/** A share needs its whole: all uids are recorded before the first object is returned. */
async function noteFirst(context: MethodContext, options: ListRequestOptions): Promise<void> {
  const { limit: _limit, ...selected } = options;
  const { labelSelector: _labels, fieldSelector: _fields, ...all } = selected;
  for (const basis of context.ledger.bases) await noteList(context, basis, basis === "all" ? all : selected);
}

async function noteList(context: MethodContext, basis: ShareBasis, options: ListRequestOptions): Promise<void> {
  const gvr = await context.gvr();
  const uids = new Set<string>();
  const pages = listObjects(context.send, (token, signal) =>
    listRequest(
      gvr,
      context.place,
      { ...options, metadataOnly: true, signal: eitherSignal(options.signal, signal) },
      token,
    ),
  );
  for await (const batch of pages) {
    // Objects computed on request, such as metrics, have no uid.
    for (const { metadata } of batch) uids.add(metadata?.uid ?? `${metadata?.namespace}/${metadata?.name}`);
  }
  const { resource } = countedAs({ ...gvr, verb: "list" });
  const { labelSelector, fieldSelector } = options;
  const list = JSON.stringify([context.place, labelSelector, fieldSelector]);
  const isNarrowed = labelSelector !== undefined || fieldSelector !== undefined;
  context.ledger.listed({ resource, basis, list, isNarrowed }, uids);
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
interface Table {
  readonly kind?: string;
  readonly metadata?: { readonly continue?: string };
  /** Only on the first page. */
  readonly columnDefinitions?: readonly { readonly name: string }[];
  readonly rows?: readonly { readonly cells: readonly unknown[]; readonly object: TableRow["object"] }[] | null;
  /** Present if the server does not support tables and answers a list. */
  readonly items?: readonly Returned<KubeObject>[] | null;
}

/** Iterates over the rows that `kubectl get` would print for all matching objects. */
export function listTable(context: MethodContext, options: ListOptions = {}): ObjectList<TableRow> {
  return objectList(() => pagesOf(context, options));
}

async function* pagesOf(context: MethodContext, options: ListOptions): AsyncGenerator<readonly TableRow[]> {
  const gvr = await context.gvr();
  await noteFirst(context, options);
  let columns: readonly string[] = [];
  const tokens = new PageTokens();
  let token: string | undefined;
  do {
    const request = tableRequest(gvr, context.place, options, token);
    const table = await readJson<Table>(await context.send(request));
    columns = table.columnDefinitions?.map(({ name }) => name) ?? columns;
    yield rowsOf(gvr, table, columns);
    token = tokens.next(table.metadata?.continue);
  } while (token !== undefined);
}

function rowsOf(gvr: GroupVersionResource, table: Table, columns: readonly string[]): readonly TableRow[] {
  if (table.kind === "Table") {
    const rows = table.rows ?? [];
    if (!Array.isArray(rows) || !rows.every((row) => Array.isArray(row?.cells)))
      throw badList("its rows have no cells");
    itemsOf(rows.map(({ object }) => object));
    return rows.map(({ cells, object }) => ({
      cells: Object.fromEntries(columns.map((name, index) => [name, cells[index]])),
      object,
    }));
  }
  if (table.kind !== `${gvr.kind}List`) throw notATable(gvr.resource, table.kind);
  const type = { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata" };
  return itemsOf(table.items).map(({ metadata }) => ({
    cells: { Name: metadata?.name },
    object: { ...type, metadata: metadata as ReturnedMeta },
  }));
}

function notATable(resource: string, kind = "an object without a kind"): TransportError {
  return new TransportError(`list ${resource} as a table: the API server answered ${kind} instead`, {
    code: "BAD_ANSWER",
    sent: true,
    outcomeUnknown: false,
  });
}
