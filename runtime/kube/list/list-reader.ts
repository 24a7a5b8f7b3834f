import { isRecord } from "../../job/problem.ts";
import { TransportError } from "../errors/kube-error.ts";
import type { ResponseContent } from "../requests/request.ts";
import type { KubeObject } from "../surface/objects.ts";
import { ByteWindow } from "./byte-window.ts";
import { ListCutter } from "./list-cutter.ts";

/** A list's metadata. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/list-meta/ */
export interface ListHead {
  readonly kind: string;
  readonly apiVersion: string;
  readonly resourceVersion: string | undefined;
  /** Present if there are more pages. */
  readonly continueToken: string | undefined;
}

/** How much of a list may be buffered for its consumer, in bytes: a page of 500 pods is about 3 MB, and the server disconnects slow readers. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** Maximum size of what cannot be cut, such as one item, in bytes: forty times the API server's limit for an object. */
const MAX_ITEM_BYTES = 64 * 1024 * 1024;

function tooLarge(): TransportError {
  return new TransportError(`list: an object is larger than ${MAX_ITEM_BYTES / 1024 ** 2} MiB`, {
    code: "ANSWER_TOO_LARGE",
    sent: true,
    outcomeUnknown: false,
  });
}

/** Reads a list's answer as it arrives: its metadata as soon as possible, its items in batches. */
export class ListReader<T extends KubeObject> {
  readonly #body: ResponseContent;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #spareMemory: Buffer[];
  readonly #window: ByteWindow;
  readonly #cutter: ListCutter;
  #early: ListHead | undefined;
  #document: unknown;
  #hasArrived = false;
  #isTooLarge = false;
  #failure: { readonly error: unknown } | undefined;
  #wakeReader: (() => void) | undefined;
  #makeRoom: (() => void) | undefined;

  /** @param spareMemory buffers to take from, and to return to for the next list */
  constructor(body: ResponseContent, spareMemory: Buffer[] = []) {
    this.#body = body;
    this.#chunks = body[Symbol.asyncIterator]();
    this.#spareMemory = spareMemory;
    this.#window = new ByteWindow(spareMemory.pop());
    this.#cutter = new ListCutter(this.#window);
    void this.#receive();
  }

  /** The metadata, if it comes before the items, as the API server writes built-in resources; available once the items begin. */
  async earlyHead(): Promise<ListHead | undefined> {
    while (!this.#cutter.isOpen && (await this.#hasMore())) this.#look();
    if (this.#cutter.isOpen) this.#early = earlyHeadOf(this.#cutter.early);
    return this.#early;
  }

  /**
   * The items in order, a batch at a time.
   * @throws {SyntaxError} if the answer is incomplete or not a list, after the items before that point
   */
  async *batches(): AsyncGenerator<readonly T[], void, undefined> {
    try {
      await this.earlyHead();
      while (await this.#hasMore()) {
        const items = this.#look();
        if (items === undefined) continue;
        yield this.#typed(items);
        await turn();
      }
      const { items, document } = this.#cutter.end();
      this.#document = document;
      this.#spareMemory.push(this.#window.memory);
      if (items.length > 0) yield this.#typed(items);
    } finally {
      if (!this.#hasArrived) await this.#body.dump();
    }
  }

  /** The metadata of a list that was read to its end. */
  head(): ListHead {
    return headOf(this.#document);
  }

  /** Receives data as it arrives, whether or not anyone is reading. */
  async #receive(): Promise<void> {
    try {
      for (let next = await this.#chunks.next(); !next.done; next = await this.#chunks.next()) {
        this.#window.append(next.value);
        this.#isTooLarge = this.#window.length > MAX_ITEM_BYTES;
        if (this.#isTooLarge) throw tooLarge();
        if (this.#cutter.isReady) this.#wake();
        if (this.#isFull(MAX_WAITING_BYTES)) await this.#untilRoom();
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#hasArrived = true;
    this.#wake();
  }

  /** Waits until enough has arrived to cut; false at the end. */
  async #hasMore(): Promise<boolean> {
    while (!this.#cutter.isReady && !this.#hasArrived) {
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    if (this.#cutter.isReady) return true;
    if (this.#failure === undefined) return false;
    // Reading again throws an error whose stack shows the caller. A body that is too large is discarded.
    if (this.#isTooLarge) await this.#body.dump();
    else await this.#chunks.next();
    throw this.#failure.error;
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }

  #untilRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.#makeRoom = resolve;
    });
  }

  #look(): unknown[] | undefined {
    const items = this.#cutter.next();
    if (!this.#isFull(MAX_WAITING_BYTES / 2)) {
      this.#makeRoom?.();
      this.#makeRoom = undefined;
    }
    return items;
  }

  /** Never full while the cutter needs more bytes: an item may be larger than the buffer. */
  #isFull(bytes: number): boolean {
    return this.#cutter.isReady && this.#window.length > bytes;
  }

  /** Go omits the type of a typed list's items: it is the list's kind without "List". */
  #typed(given: readonly unknown[]): readonly T[] {
    const items = objectsIn(given) as readonly T[];
    const head = this.#early ?? (this.#document === undefined ? undefined : headOf(this.#document));
    if (head === undefined) return items;
    const type = {
      kind: head.kind.slice(0, -"List".length),
      apiVersion: head.apiVersion,
    };
    return items.map((item) => (item.kind === undefined ? { ...type, ...item } : item));
  }
}

/**
 * The items of a list; Go writes an empty list as null.
 * @throws {SyntaxError} if it is not a list of objects with metadata
 */
export function objectsIn(items: unknown): readonly KubeObject[] {
  if (items === null) return [];
  if (!Array.isArray(items)) throw new SyntaxError("its items are not a list");
  if (!items.every((item: unknown) => isRecord(item) && isRecord(item.metadata))) {
    throw new SyntaxError("one of its items is not an object with metadata");
  }
  return items;
}

/** Yields to the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface RawList {
  readonly kind?: unknown;
  readonly apiVersion?: unknown;
  readonly metadata?: {
    readonly resourceVersion?: string;
    readonly continue?: string;
  };
}

/** Custom resources have sorted keys: kind and metadata come after the items. */
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
  };
}
