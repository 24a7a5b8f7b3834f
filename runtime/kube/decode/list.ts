import type { KubeObject } from "../objects.ts";
import type { ResponseContent } from "../request.ts";
import { ListCutter } from "./list-cutter.ts";

/** What a list says of itself. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/list-meta/ */
export interface ListHead {
  readonly kind: string;
  readonly apiVersion: string;
  readonly resourceVersion: string | undefined;
  /** Present where there are more pages. */
  readonly continueToken: string | undefined;
  /** A hint of the server, absent where the list is narrowed by a selector. */
  readonly remaining: number | undefined;
}

/** Reads a list's answer: its head as soon as it is there, its items in batches as they arrive. */
export class ListReader<T extends KubeObject> {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #cutter = new ListCutter();
  #early: ListHead | undefined;
  #document: unknown;
  #batch: T[] = [];
  #done = false;

  constructor(body: ResponseContent) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  /** The head, if the list wrote it before its items, as the API server does for built-in resources; reads no further than there. */
  async earlyHead(): Promise<ListHead | undefined> {
    while (!this.#cutter.isOpen && !this.#done) await this.#readMore();
    return this.#early;
  }

  /**
   * Items in the order of the list; never more than a batch at once.
   * @throws {SyntaxError} where the list was cut or is no list, after the items before that
   */
  async *batches(): AsyncGenerator<T[], void, undefined> {
    try {
      for (;;) {
        if (this.#batch.length > 0) {
          const batch = this.#batch;
          this.#batch = [];
          yield batch;
          await turn();
        }
        if (this.#done) return;
        await this.#readMore();
      }
    } finally {
      await this.#chunks.return?.();
    }
  }

  /** The head of a list that was read to its end. */
  head(): ListHead {
    return headOf(this.#document);
  }

  async #readMore(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done) {
      this.#done = true;
      const { items, document } = this.#cutter.end();
      this.#document = document;
      this.#batch = this.#typed(items);
      return;
    }
    const items = this.#cutter.push(next.value);
    if (this.#early === undefined && this.#cutter.isOpen) this.#early = earlyHeadOf(this.#cutter.early);
    if (items !== undefined) this.#batch = this.#typed(items);
  }

  /** Go leaves the type out of a typed list's items: it is the list's, without "List". */
  #typed(items: readonly unknown[]): T[] {
    const head = this.#early ?? (this.#done ? headOf(this.#document) : undefined);
    if (head === undefined) return items as T[];
    const type = {
      kind: head.kind.slice(0, -"List".length),
      apiVersion: head.apiVersion,
    };
    return items.map((item) => ((item as T).kind === undefined ? { ...type, ...(item as T) } : (item as T)));
  }
}

/** Lets the event loop do what else is due. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface RawList {
  readonly kind?: unknown;
  readonly apiVersion?: unknown;
  readonly metadata?: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
}

/** Custom resources come with sorted keys: kind and metadata stand behind the items. */
function earlyHeadOf(value: unknown): ListHead | undefined {
  const { kind, metadata } = value as RawList;
  return kind === undefined || metadata === undefined ? undefined : headOf(value);
}

function headOf(value: unknown): ListHead {
  const list = (value ?? {}) as RawList;
  if (typeof list.kind !== "string" || !list.kind.endsWith("List")) {
    throw new SyntaxError(`expected a list, not ${JSON.stringify(list.kind)}`);
  }
  return {
    kind: list.kind,
    apiVersion: String(list.apiVersion ?? ""),
    resourceVersion: list.metadata?.resourceVersion,
    continueToken: list.metadata?.continue || undefined,
    remaining: list.metadata?.remainingItemCount,
  };
}
