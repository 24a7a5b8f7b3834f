import { listObjects, metadataOf, objectList } from "../list/list-objects.ts";
import { mutationWord } from "../pipeline/limit-ledger.ts";
import { type ListRequestOptions, listRequest } from "../requests/reads.ts";
import type { ListOptions } from "../surface/call-options.ts";
import type { ObjectList } from "../surface/call-results.ts";
import type { KubeObject } from "../surface/objects.ts";
import { eitherSignal } from "../values/time.ts";
import type { MethodContext } from "./method-context.ts";

/** Iterates over all objects that match. */
export function listMethod<T extends KubeObject>(
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
  if (context.ledger.needsListSizes) await noteFirst(context, options);
  const batches = listObjects<T>(
    context.send,
    (token, signal) =>
      listRequest(gvr, context.place, { ...options, signal: eitherSignal(options.signal, signal) }, token),
    { onInconsistent: (text) => context.stats.warn(`${gvr.resource}: ${text}`) },
  );
  if (options.metadataOnly) for await (const batch of batches) yield batch.map(metadataOf);
  else yield* batches;
}

/** A share can only be bounded when the whole is known before the first object is given on: its uids are noted first. */
export async function noteFirst(context: MethodContext, options: ListRequestOptions): Promise<void> {
  const gvr = await context.gvr();
  const { limit: _limit, ...selection } = options;
  const key = JSON.stringify([context.place, options.labelSelector ?? "", options.fieldSelector ?? ""]);
  const uids = new Set<string>();
  const pages = listObjects(context.send, (token, signal) =>
    listRequest(
      gvr,
      context.place,
      { ...selection, metadataOnly: true, signal: eitherSignal(options.signal, signal) },
      token,
    ),
  );
  for await (const batch of pages) {
    // What a server makes up when it is asked, such as metrics, has no uid.
    for (const { metadata } of batch) uids.add(metadata?.uid ?? `${metadata?.namespace}/${metadata?.name}`);
  }
  context.ledger.listed(mutationWord({ ...gvr, verb: "list" }).resource, key, uids);
}
