import { TransportError } from "../errors/kube-error.ts";
import type { Send } from "../requests/request.ts";
import type { ObjectList } from "../surface/call-results.ts";
import type { KubeObject } from "../surface/objects.ts";
import { eachOf } from "./each-of.ts";
import type { ListHead } from "./list-reader.ts";
import { badList, isExpired, PageFetcher, type PageRequest, PageTokens } from "./pages.ts";

/** Makes the list that a job sees from batches; each iteration asks the server anew. */
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

/** How often in a row a list may fail without having given an object on meanwhile. */
const MAX_FAILURES = 3;

interface ListCallbacks {
  /** Told of the first page's head: its version is where a watch begins. */
  readonly onFirstHead?: (head: ListHead) => void;
  /** Told when the list could not be read from one snapshot to its end. */
  readonly onInconsistent?: (text: string) => void;
}

/**
 * Lists objects page by page, in batches; the next page arrives while this one is consumed.
 *
 * A list that takes longer than the server keeps its snapshot (410) goes on with the server's own newer token, or starts again and leaves out what was
 * given on before: no object comes twice. https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
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

/** The token to go on with after an error that a list survives; throws it where it does not. */
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
  // The same page again: with the same token it is the same snapshot.
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
 * Remembers how far a list was given on. The API server lists in the order of namespace/name, so that after a restart everything up to the last
 * object that was given can be left out, without keeping every name.
 */
class ListOrder {
  #last: string | undefined;
  #ordered = true;

  /** False once the server listed in another order: a restart could then give an object twice. */
  get isOrdered(): boolean {
    return this.#ordered;
  }

  /** Notes an object that is given on. */
  passed(object: KubeObject): void {
    const key = keyOf(object);
    if (this.#last !== undefined && key <= this.#last) this.#ordered = false;
    this.#last = key;
  }

  /** True for an object that was given on before. */
  isBefore(object: KubeObject): boolean {
    return this.#last !== undefined && keyOf(object) <= this.#last;
  }
}

/** Names are ASCII, so that JavaScript's order is the order of bytes, as the server's store has it. */
function keyOf(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}

/** An object's type and metadata: a server that does not know metadata alone answers whole objects, and what was not asked for is left out here. */
export function metadataOf<T extends KubeObject>(object: T): T {
  const { apiVersion, kind, metadata } = object;
  return kind === "PartialObjectMetadata" ? object : ({ apiVersion, kind, metadata } as T);
}
