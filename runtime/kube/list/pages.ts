import { ApiError } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import type { KubeRequest, Send } from "../requests/request.ts";
import type { KubeObject } from "../surface/objects.ts";
import { type ListHead, ListReader, objectsIn } from "./list-reader.ts";

/** A page that has begun to arrive. */
export interface Page<T> {
  /** The metadata, if it comes before the items. */
  readonly early: ListHead | undefined;
  readonly batches: AsyncIterable<readonly T[]>;
  /** The metadata after the last batch. */
  head(): ListHead;
}

/** Builds the request for the first page, or for the page at a continue token. */
export type PageRequest = (continueToken: string | undefined, signal?: AbortSignal) => KubeRequest;

/** A prefetched page, which arrives while the one before it is consumed. */
interface Pending<T> {
  readonly token: string;
  readonly page: Promise<Page<T>>;
  readonly abort: AbortController;
}

/** Prefetches one page: the next is requested as soon as the current one's token has arrived. */
export class PageFetcher<T extends KubeObject> {
  readonly #send: Send;
  readonly #request: PageRequest;
  /** Buffers of pages already read, for later ones. */
  readonly #spareMemory: Buffer[] = [];
  #pending: Pending<T> | undefined;

  constructor(send: Send, request: PageRequest) {
    this.#send = send;
    this.#request = request;
  }

  /** The page at a token: the prefetched one, or a new request. */
  async page(token: string | undefined): Promise<Page<T>> {
    const pending = this.#pending?.token === token ? this.#pending : undefined;
    if (pending === undefined) this.close();
    this.#pending = undefined;
    const page = await (pending?.page ?? this.#fetch(token));
    const next = page.early?.continueToken;
    if (next !== undefined) this.#prefetch(next);
    return page;
  }

  /** Cancels the prefetched page. A page already returned is released when its batches are no longer read. */
  close(): void {
    this.#pending?.abort.abort(new Error("the list is no longer read"));
  }

  #prefetch(token: string): void {
    const abort = new AbortController();
    const page = this.#fetch(token, abort.signal);
    // The error surfaces when the page is read; until then it must not count as unhandled.
    page.catch(() => {});
    this.#pending = { token, page, abort };
  }

  async #fetch(token: string | undefined, signal?: AbortSignal): Promise<Page<T>> {
    const response = await this.#send(this.#request(token, signal));
    const reader = new ListReader<T>(response.body, this.#spareMemory);
    return { early: await reader.earlyHead(), batches: reader.batches(), head: () => reader.head() };
  }
}

/** The continue tokens of one list. */
export class PageTokens {
  readonly #seen = new Set<string>();

  /**
   * @param token of the next page, from the server
   * @returns undefined on the last page
   * @throws {TransportError} for a repeated token: the list would never end
   */
  next(token: unknown): string | undefined {
    if (token === undefined || token === null || token === "") return undefined;
    if (typeof token !== "string") throw badList("its continue token is not text");
    if (this.#seen.has(token)) throw badList("it gave the same continue token twice");
    this.#seen.add(token);
    return token;
  }
}

/** The error for an unreadable list. @param outcomeUnknown true if it answers a deletion */
export function badList(problem: string, cause?: unknown, outcomeUnknown = false): TransportError {
  return new TransportError(`the API server's list cannot be read: ${problem}`, {
    code: "BAD_ANSWER",
    sent: true,
    outcomeUnknown,
    cause,
  });
}

/** The items of a complete list. @throws {TransportError} */
export function itemsOf(items: unknown, outcomeUnknown?: boolean): readonly KubeObject[] {
  try {
    return objectsIn(items);
  } catch (error) {
    throw error instanceof SyntaxError ? badList(error.message, error, outcomeUnknown) : error;
  }
}

/** True if the server no longer has the snapshot of a continue token. */
export function isExpired(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.code === 410 || error.reason === "Expired" || error.reason === "Gone");
}
