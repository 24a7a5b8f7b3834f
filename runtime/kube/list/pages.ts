import { ApiError } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import type { KubeRequest, Send } from "../requests/request.ts";
import type { KubeObject } from "../surface/objects.ts";
import { type ListHead, ListReader, objectsIn } from "./list-reader.ts";

/** A page whose answer has begun to arrive. */
export interface Page<T> {
  /** Before the items where the list wrote it there. */
  readonly early: ListHead | undefined;
  readonly batches: AsyncIterable<readonly T[]>;
  /** After the last batch. */
  head(): ListHead;
}

/** Makes the request for the first page, or for the one after a continue token. */
export type PageRequest = (continueToken: string | undefined, signal?: AbortSignal) => KubeRequest;

/** A page on its way: asked for already, so that it arrives while the one before is consumed. */
interface Pending<T> {
  readonly token: string;
  readonly page: Promise<Page<T>>;
  readonly abort: AbortController;
}

/** Asks for pages one ahead: the next one as soon as the first bytes of the current one give its token. */
export class PageFetcher<T extends KubeObject> {
  readonly #send: Send;
  readonly #request: PageRequest;
  /** Of pages that were read, for those to come. */
  readonly #spareMemory: Buffer[] = [];
  #pending: Pending<T> | undefined;

  constructor(send: Send, request: PageRequest) {
    this.#send = send;
    this.#request = request;
  }

  /** The page after a token: the one that was asked for before, or a new one. */
  async page(token: string | undefined): Promise<Page<T>> {
    const pending = this.#pending?.token === token ? this.#pending : undefined;
    if (pending === undefined) this.close();
    this.#pending = undefined;
    const page = await (pending?.page ?? this.#fetch(token));
    const next = page.early?.continueToken;
    if (next !== undefined) this.#prefetch(next);
    return page;
  }

  /** Lets go of what was asked for ahead. A page that was given on is let go of by who stops reading its batches. */
  close(): void {
    this.#pending?.abort.abort(new Error("the list is no longer read"));
  }

  #prefetch(token: string): void {
    const abort = new AbortController();
    const page = this.#fetch(token, abort.signal);
    // Its failure is met when the page is wanted; until then it must not count as unhandled.
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
   * @param token of the next page, as the server gave it
   * @returns undefined where there is none
   * @throws {TransportError} for one that it gave before: the list would never end
   */
  next(token: unknown): string | undefined {
    if (token === undefined || token === null || token === "") return undefined;
    if (typeof token !== "string") throw badList("its continue token is not text");
    if (this.#seen.has(token)) throw badList("it gave the same continue token twice");
    this.#seen.add(token);
    return token;
  }
}

/** The error of a list that is none. @param outcomeUnknown true where the answer is that of a deletion */
export function badList(problem: string, cause?: unknown, outcomeUnknown = false): TransportError {
  return new TransportError(`the API server's list cannot be read: ${problem}`, {
    code: "BAD_ANSWER",
    sent: true,
    outcomeUnknown,
    cause,
  });
}

/** The items of a list that was read whole. @throws {TransportError} */
export function itemsOf(items: unknown, outcomeUnknown?: boolean): readonly KubeObject[] {
  try {
    return objectsIn(items);
  } catch (error) {
    throw error instanceof SyntaxError ? badList(error.message, error, outcomeUnknown) : error;
  }
}

/** True where the snapshot behind a continue token is no longer kept. */
export function isExpired(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.code === 410 || error.reason === "Expired" || error.reason === "Gone");
}
