import { ApiError } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import { isExpired, itemsOf, PageTokens } from "../list/pages.ts";
import { countedAs } from "../pipeline/limit-ledger.ts";
import { backoffMs } from "../pipeline/retry.ts";
import type { KubeRequest } from "../requests/request.ts";
import type { GroupVersionResource } from "../requests/resource.ts";
import { type CollectionPage, deleteCollectionRequest } from "../requests/writes.ts";
import type { DeleteCollectionOptions } from "../surface/call-options.ts";
import { eitherSignal } from "../values/time.ts";
import type { MethodContext } from "./call.ts";

/** How often an interrupted deletion is restarted. */
const MAX_REPEATS = 20;
/** Stands for deleted objects whose uids are unknown: the answer was cut off, and the page could not be read again. */
const UNNAMED = ["?"];

/**
 * Deletes all matching objects, page by page from one snapshot. The server may fail in the middle of a page; the rest is then requested again.
 * Under a limit, a server-side dry run first determines which objects would be deleted, and only those are.
 * @returns how many objects were deleted, including those deleted before a failure
 */
export async function deleteCollection(context: MethodContext, options: DeleteCollectionOptions): Promise<number> {
  const collection = new Collection(context, await context.gvr(), options);
  for (let repeats = 0; ; repeats += 1) {
    try {
      await collection.deleteAll();
      return collection.deleted;
    } catch (error) {
      if (!isInterrupted(error) || repeats === MAX_REPEATS) throw error;
      const signal = eitherSignal(options.signal, context.signal);
      await context.sleep(backoffMs(repeats + 1, Math.random), signal);
    }
  }
}

interface Snapshot {
  /** Absent if the server did not report one or could not be asked. */
  readonly version?: string | undefined;
  /** The uids of each page, if a limit applies. */
  readonly pages: readonly (readonly string[])[];
}

interface Answer {
  readonly uids: readonly string[];
  readonly version: string | undefined;
  readonly next: string | undefined;
}

/** The deletion of one collection, with its progress so far. */
class Collection {
  readonly #context: MethodContext;
  readonly #gvr: GroupVersionResource;
  readonly #options: DeleteCollectionOptions;
  readonly #counted;
  readonly #isBounded: boolean;
  /** The uids of all objects that may have been deleted: each counts once, however often its deletion is requested. */
  readonly #touched = new Set<string>();

  constructor(context: MethodContext, gvr: GroupVersionResource, options: DeleteCollectionOptions) {
    this.#context = context;
    this.#gvr = gvr;
    this.#options = options;
    this.#counted = countedAs({ ...gvr, verb: "deletecollection" });
    this.#isBounded = context.ledger.bounds(this.#counted);
  }

  get deleted(): number {
    return this.#touched.size;
  }

  /** Deletes the current objects page by page. Room in the limits is reserved for all of them before the first is deleted. */
  async deleteAll(): Promise<void> {
    const { ledger } = this.#context;
    const snapshot = await this.#look();
    const room = await ledger.reserve({ ...this.#counted, keys: snapshot.pages.flat() });
    try {
      // In a dry run, looking was all there was to do.
      if (this.#context.dryRun && this.#isBounded) this.#count(snapshot.pages.flat());
      else await this.#deletePages(snapshot);
    } finally {
      // Interrupted deletions stay counted; the next look reserves room only for objects that were not requested before.
      room?.settle([...this.#touched]);
    }
  }

  async #deletePages({ version, pages }: Snapshot): Promise<void> {
    const tokens = new PageTokens();
    let page: CollectionPage = { version };
    for (let number = 0; ; number += 1) {
      const { uids, next } = await this.#deletePage(page, pages[number]);
      this.#count(uids);
      const token = tokens.next(next);
      if (token === undefined) return;
      page = { token };
    }
  }

  async #deletePage(page: CollectionPage, known: readonly string[] | undefined): Promise<Answer> {
    try {
      return await this.#send(this.#request(page));
    } catch (error) {
      if (!this.#context.dryRun && mayHaveBegun(error)) {
        // A snapshot still contains objects deleted since it was taken.
        const look = () => this.#send(dry(this.#request(page)));
        this.#count(
          known ??
            (await look().then(
              ({ uids }) => uids,
              () => UNNAMED,
            )),
        );
      }
      throw error;
    }
  }

  /** Finds the snapshot to delete: its version, and if a limit applies, the uids of its objects. */
  async #look(): Promise<Snapshot> {
    if (this.#isBounded) return await this.#readAll();
    if (this.#context.dryRun) return { pages: [] };
    try {
      return { version: (await this.#send(dry(this.#request({ limit: 1 })))).version, pages: [] };
    } catch (error) {
      // A webhook without dry-run support must not prevent the deletion; only the count of a page that is cut off stays unknown.
      if (error instanceof ApiError && error.code === 400) return { pages: [] };
      throw error;
    }
  }

  async #readAll(): Promise<Snapshot> {
    const pages: (readonly string[])[] = [];
    const tokens = new PageTokens();
    let page: CollectionPage = {};
    for (let version: string | undefined; ; ) {
      const answer = await this.#send(dry(this.#request(page)));
      version ??= answer.version;
      pages.push(answer.uids);
      const token = tokens.next(answer.next);
      if (token === undefined) return { version, pages };
      page = { token };
    }
  }

  #request(page: CollectionPage): KubeRequest {
    const request = deleteCollectionRequest(this.#gvr, this.#context.place, this.#options, page);
    // The limits count the collection as a whole, not each request.
    return { ...request, count: 0 };
  }

  async #send(request: KubeRequest): Promise<Answer> {
    const isDry = this.#context.dryRun || request.query.some(([name]) => name === "dryRun");
    return answerOf((await this.#context.send(request)).json, isDry);
  }

  #count(uids: readonly string[]): void {
    const before = this.deleted;
    for (const uid of uids) this.#touched.add(uid);
    if (this.deleted > before)
      this.#context.stats.mutated(this.#counted.verb, this.#counted.resource, this.deleted - before);
  }
}

/** True if a retry may get further. */
function isInterrupted(error: unknown): boolean {
  if (error instanceof ApiError) return [500, 502, 503, 504].includes(error.code) || isExpired(error);
  return error instanceof TransportError && error.outcomeUnknown;
}

/** False only if the server refused before it came to the first object. The dry run has shown that the caller has the right. */
function mayHaveBegun(error: unknown): boolean {
  if (!(error instanceof ApiError)) return error instanceof TransportError && error.outcomeUnknown;
  // A 400 from an admission webhook may concern any single object; any other 400 concerns the whole request.
  if (error.code === 400) return /admission webhook/.test(error.serverMessage);
  if (error.code === 503) return error.retryAfterSeconds === undefined;
  return ![401, 429].includes(error.code) && !isExpired(error);
}

/** The request as a dry run, which is safe to retry. */
function dry(request: KubeRequest): KubeRequest {
  return {
    ...request,
    body: { ...(request.body as object), dryRun: ["All"] },
    query: [...request.query, ["dryRun", "All"]],
    idempotent: true,
  };
}

/** The parts of a list that are read here, of objects or of their metadata alone. */
interface DeletedList {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: unknown;
}

function answerOf(document: unknown, isDry: boolean): Answer {
  const { metadata, items = null } = (document ?? {}) as DeletedList;
  return {
    uids: itemsOf(items, !isDry).map((item) => item.metadata?.uid ?? item.metadata?.name ?? ""),
    version: metadata?.resourceVersion || undefined,
    next: metadata?.continue || undefined,
  };
}
