import { TransportError } from "../errors/kube-error.ts";
import { objectList } from "../list/list-objects.ts";
import { badList, itemsOf, PageTokens } from "../list/pages.ts";
import { tableRequest } from "../requests/reads.ts";
import { readJson } from "../requests/request.ts";
import type { GroupVersionResource } from "../requests/resource.ts";
import type { ListOptions } from "../surface/call-options.ts";
import type { ObjectList, TableRow } from "../surface/call-results.ts";
import type { KubeObject, Returned, ReturnedMeta } from "../surface/objects.ts";
import { noteFirst } from "./list.ts";
import type { MethodContext } from "./method-context.ts";

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
interface Table {
  readonly kind?: string;
  readonly metadata?: { readonly continue?: string };
  /** Only on the first page. */
  readonly columnDefinitions?: readonly { readonly name: string }[];
  readonly rows?: readonly { readonly cells: readonly unknown[]; readonly object: TableRow["object"] }[] | null;
  /** Where the answer is a list, because its server makes no tables. */
  readonly items?: readonly Returned<KubeObject>[] | null;
}

/** Iterates over what `kubectl get` would print of all objects that match. */
export function listTable(context: MethodContext, options: ListOptions = {}): ObjectList<TableRow> {
  return objectList(() => pagesOf(context, options));
}

async function* pagesOf(context: MethodContext, options: ListOptions): AsyncGenerator<readonly TableRow[]> {
  const gvr = await context.gvr();
  if (context.ledger.needsListSizes) await noteFirst(context, options);
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
