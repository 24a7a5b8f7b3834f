import { TransportError } from "../errors/kube-error.ts";
import type { Send } from "../requests/request.ts";
import type { ObjectList } from "../surface/call-results.ts";
import type { KubeObject } from "../surface/objects.ts";
import { eachOf } from "./each-of.ts";
import type { ListHead } from "./list-reader.ts";
import { badList, isExpired, PageFetcher, type PageRequest, PageTokens } from "./pages.ts";

/** Wraps batches as the list that a job sees; each iteration sends new requests. */
export function objectList<T>(batches: () => AsyncIterable<readonly T[]>): ObjectList<T> {
  return {
    [Symbol.asyncIterator]: () => eachOf(batches()),
    async toArray() {
      const all: T[] = [];
      for await (const batch of batches()) for (const object of batch) all.push(object);
      return all;
    },
  };
}

/** How often a list may fail in a row without progress. */
const MAX_FAILURES = 3;

interface ListCallbacks {
  /** Called with the first page's metadata: a watch starts at its resourceVersion. */
  readonly onFirstHead?: (head: ListHead) => void;
  /** Called if the list could not be read from a single snapshot. */
  readonly onInconsistent?: (text: string) => void;
}

/**
 * Lists objects page by page, in batches; the next page arrives while this one is consumed.
 *
 * If the server drops the snapshot before the list is read (410), the list continues with the server's newer token, or restarts and skips the objects
 * already read: none comes twice. https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function* listObjects<T extends KubeObject>(
  send: Send,
  request: PageRequest,
  callbacks: ListCallbacks = {},
): AsyncGenerator<readonly T[], void, undefined> {
  const fetcher = new PageFetcher<T>(send, request);
  const order = new ListOrder();
  const tokens = new PageTokens();
  let token: string | undefined;
  let isFirst = true;
  let isResumed = false;
  let failures = 0;
  try {
    for (;;) {
      try {
        const page = await fetcher.page(token);
        if (isFirst && page.early !== undefined) callbacks.onFirstHead?.(page.early);
        for await (const batch of page.batches) {
          const fresh = isResumed ? batch.filter((object) => !order.isBefore(object)) : batch;
          for (const object of fresh) order.passed(object);
          if (fresh.length > 0) failures = 0;
          yield fresh;
        }
        const head = page.head();
        if (isFirst && page.early === undefined) callbacks.onFirstHead?.(head);
        isFirst = false;
        token = tokens.next(head.continueToken);
        if (token === undefined) return;
      } catch (error) {
        failures += 1;
        if (failures > MAX_FAILURES || !order.isOrdered) throw readable(error);
        isResumed = true;
        token = resume(error, token, callbacks);
      }
    }
  } finally {
    fetcher.close();
  }
}

/** The token to continue with after an error that a list can survive; rethrows any other. */
function resume(error: unknown, token: string | undefined, callbacks: ListCallbacks): string | undefined {
  if (isExpired(error) && token !== undefined) {
    const newer = error.continueToken;
    callbacks.onInconsistent?.(
      newer === undefined
        ? "a list outlived the API server's snapshot: it started again, without the objects already read"
        : "a list outlived the API server's snapshot: its end is newer than its beginning",
    );
    return newer;
  }
  // The same token reads the same page of the same snapshot.
  if (error instanceof SyntaxError || isCut(error)) {
    return token;
  }
  throw error;
}

function isCut(error: unknown): boolean {
  const isAnswer = error instanceof TransportError && ["BAD_ANSWER", "ANSWER_TOO_LARGE"].includes(error.code);
  return error instanceof TransportError && error.sent && error.attempts === 1 && !isAnswer;
}

function readable(error: unknown): unknown {
  return error instanceof SyntaxError ? badList(error.message, error) : error;
}

/**
 * Remembers the position in a list. The API server lists in the order of namespace/name, so after a restart everything up to the last
 * object can be skipped without remembering every name.
 */
class ListOrder {
  #last: string | undefined;
  #ordered = true;

  /** False once the server has used another order: a restart could then return an object twice. */
  get isOrdered(): boolean {
    return this.#ordered;
  }

  passed(object: KubeObject): void {
    const key = keyOf(object);
    if (this.#last !== undefined && key <= this.#last) this.#ordered = false;
    this.#last = key;
  }

  /** True for an object that was already returned. */
  isBefore(object: KubeObject): boolean {
    return this.#last !== undefined && keyOf(object) <= this.#last;
  }
}

/** Names are ASCII, so JavaScript's string order is the byte order of the server's store. */
function keyOf(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}

/** An object's type and metadata: servers without PartialObjectMetadata answer whole objects. */
export function metadataOf<T extends KubeObject>(object: T): T {
  const { apiVersion, kind, metadata } = object;
  return kind === "PartialObjectMetadata" ? object : ({ apiVersion, kind, metadata } as T);
}
