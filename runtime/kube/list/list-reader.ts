import { isRecord } from "../../job/problem.ts";
import { TransportError } from "../errors/kube-error.ts";
import type { ResponseContent } from "../requests/request.ts";
import type { KubeObject } from "../surface/objects.ts";
import { ByteWindow } from "./byte-window.ts";
import { ListCutter } from "./list-cutter.ts";

/** What a list says of itself. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/list-meta/ */
export interface ListHead {
  readonly kind: string;
  readonly apiVersion: string;
  readonly resourceVersion: string | undefined;
  /** Present where there are more pages. */
  readonly continueToken: string | undefined;
}

/** How much of a list may wait for its consumer, in bytes: a page of 500 pods has about 3 MB, and the server does not wait for whoever takes long with it. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** What cannot be cut, such as one item, may have as much, in bytes: forty times what the API server stores of an object. */
const MAX_ITEM_BYTES = 64 * 1024 * 1024;

function tooLarge(): TransportError {
  return new TransportError(`list: an object is larger than ${MAX_ITEM_BYTES / 1024 ** 2} MiB`, {
    code: "ANSWER_TOO_LARGE",
    sent: true,
    outcomeUnknown: false,
  });
}

/** Reads a list's answer as it arrives: its head as soon as it is there, its items in batches. */
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

  /** @param spareMemory where memory is taken from, and left for the next list */
  constructor(body: ResponseContent, spareMemory: Buffer[] = []) {
    this.#body = body;
    this.#chunks = body[Symbol.asyncIterator]();
    this.#spareMemory = spareMemory;
    this.#window = new ByteWindow(spareMemory.pop());
    this.#cutter = new ListCutter(this.#window);
    void this.#receive();
  }

  /** The head, if the list wrote it before its items, as the API server does for built-in resources; there as soon as the items begin. */
  async earlyHead(): Promise<ListHead | undefined> {
    while (!this.#cutter.isOpen && (await this.#hasMore())) this.#look();
    if (this.#cutter.isOpen) this.#early = earlyHeadOf(this.#cutter.early);
    return this.#early;
  }

  /**
   * Items in the order of the list; never more than a batch at once.
   * @throws {SyntaxError} where the list was cut or is no list, after the items before that
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

  /** The head of a list that was read to its end. */
  head(): ListHead {
    return headOf(this.#document);
  }

  /** Takes what arrives when it arrives, whether anybody reads or not. */
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

  /** Waits until enough has arrived to be looked at; false where there is nothing more to come. */
  async #hasMore(): Promise<boolean> {
    while (!this.#cutter.isReady && !this.#hasArrived) {
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    if (this.#cutter.isReady) return true;
    if (this.#failure === undefined) return false;
    // Asked again, the body throws an error that shows who was reading; it may also be asked to go, where it is too large.
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

  /** Never where more is needed for the next look: an item may be larger than all that may wait. */
  #isFull(bytes: number): boolean {
    return this.#cutter.isReady && this.#window.length > bytes;
  }

  /** Go leaves the type out of a typed list's items: it is the list's, without "List". */
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
 * The items of a list; null is Go's word for none.
 * @throws {SyntaxError} for what is not a list of objects with metadata
 */
export function objectsIn(items: unknown): readonly KubeObject[] {
  if (items === null) return [];
  if (!Array.isArray(items)) throw new SyntaxError("its items are not a list");
  if (!items.every((item: unknown) => isRecord(item) && isRecord(item.metadata))) {
    throw new SyntaxError("one of its items is not an object with metadata");
  }
  return items;
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
  };
}
