import type { Send } from "../../runtime/kube/requests/request.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { collectionPath, type KindReference, resourceOf } from "./resource-path.ts";
import { textLines } from "./text-lines.ts";

/** One thing that happened to an object. https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export interface ObjectEvent<T extends KubeObject> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  /** As it is then; of one that is deleted, as it was last. */
  readonly object: Returned<T>;
}

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Called when the server has begun to tell, before the first event is read: what is done now will be seen. */
  readonly onOpen?: () => Promise<unknown>;
}

/**
 * Watches objects: those that are there first, then what happens to them, until the server or the signal ends it. It is for the short waits
 * of commands: it does not resume.
 */
export async function* watchObjects<T extends KubeObject>(
  send: Send,
  kind: KindReference,
  labelSelector: string,
  { signal, onOpen }: WatchOptions,
): AsyncGenerator<ObjectEvent<T>> {
  const { group, version, resource } = resourceOf(kind);
  const { namespace } = kind;
  const response = await send({
    method: "GET",
    path: collectionPath(kind),
    query: [
      ["watch", "true"],
      ["labelSelector", labelSelector],
    ],
    headers: { accept: "application/json" },
    attributes: { verb: "watch", group, version, resource, ...(namespace === undefined ? {} : { namespace }) },
    stream: true,
    signal,
  });
  await onOpen?.();
  for await (const line of textLines(response.body)) yield JSON.parse(line) as ObjectEvent<T>;
}
