import { ApiError } from "../errors/api-error.ts";
import { TransportError } from "../errors/kube-error.ts";
import { isExpired, itemsOf, PageTokens } from "../list/pages.ts";
import { mutationWord } from "../pipeline/limit-ledger.ts";
import { backoffMs } from "../pipeline/retry.ts";
import type { KubeRequest } from "../requests/request.ts";
import type { GroupVersionResource } from "../requests/resource.ts";
import { type CollectionPage, deleteCollectionRequest } from "../requests/writes.ts";
import type { DeleteCollectionOptions } from "../surface/call-options.ts";
import { eitherSignal } from "../values/time.ts";
import type { MethodContext } from "./call.ts";

/** How often a deletion that was broken off is begun again. */
const MAX_REPEATS = 20;
/** Stands for objects that nobody can name: a page was cut, and could not be looked at again. */
const UNNAMED = ["?"];

/**
 * Deletes all objects that match, in pages of one snapshot of the server. It may break off in the middle of a page; what is left then is asked for again.
 * Where a limit bounds it, a server-side dry run tells first which objects it is about, and nothing else is deleted.
 * @returns how many objects the server was made to delete, those included that it had come to before it broke off
 */
export async function deleteCollection(context: MethodContext, options: DeleteCollectionOptions): Promise<number> {
  const collection = new Collection(context, await context.gvr(), options);
  for (let repeats = 0; ; repeats += 1) {
    try {
      await collection.deleteAll();
      return collection.deleted;
    } catch (error) {
      if (!isBrokenOff(error) || repeats === MAX_REPEATS) throw error;
      const signal = eitherSignal(options.signal, context.signal);
      await context.sleep(backoffMs(repeats + 1, Math.random), signal);
    }
  }
}

/** What the server held at one moment. */
interface Snapshot {
  /** Absent where it did not say, or could not be asked. */
  readonly version?: string | undefined;
  /** The uids of each page, where a limit had them counted. */
  readonly pages: readonly (readonly string[])[];
}

interface Answer {
  readonly uids: readonly string[];
  readonly version: string | undefined;
  readonly next: string | undefined;
}

/** A collection that is deleted, with what is known of it so far. */
class Collection {
  readonly #context: MethodContext;
  readonly #gvr: GroupVersionResource;
  readonly #options: DeleteCollectionOptions;
  readonly #word;
  readonly #isBounded: boolean;
  /** The uids of all that may have been deleted: an object counts once, however often it is asked for. */
  readonly #touched = new Set<string>();

  constructor(context: MethodContext, gvr: GroupVersionResource, options: DeleteCollectionOptions) {
    this.#context = context;
    this.#gvr = gvr;
    this.#options = options;
    this.#word = mutationWord({ ...gvr, verb: "deletecollection" });
    this.#isBounded = context.ledger.bounds(this.#word);
  }

  get deleted(): number {
    return this.#touched.size;
  }

  /** Deletes what is there now, page by page. The whole of it has room in the limits before the first object goes. */
  async deleteAll(): Promise<void> {
    const { ledger } = this.#context;
    const snapshot = await this.#look();
    const room = await ledger.reserve({ ...this.#word, keys: snapshot.pages.flat() });
    try {
      // Where nothing is deleted, the look has been all of it.
      if (this.#context.dryRun && this.#isBounded) this.#count(snapshot.pages.flat());
      else await this.#deletePages(snapshot);
    } finally {
      // What was broken off stays counted: the next look takes room only for objects that were not asked for before.
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
        // A snapshot still has what was deleted since.
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

  /** Which snapshot to delete: with the names of all objects where they have to be counted, and otherwise only its version. */
  async #look(): Promise<Snapshot> {
    if (this.#isBounded) return await this.#readAll();
    if (this.#context.dryRun) return { pages: [] };
    try {
      return { version: (await this.#send(dry(this.#request({ limit: 1 })))).version, pages: [] };
    } catch (error) {
      // An admission webhook that knows no dry run is no reason not to delete; only a page that is cut cannot be counted then.
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
    // Room is taken, and objects are counted, for the collection as a whole.
    return { ...request, count: 0 };
  }

  async #send(request: KubeRequest): Promise<Answer> {
    const isDry = this.#context.dryRun || request.query.some(([name]) => name === "dryRun");
    return answerOf((await this.#context.send(request)).json, isDry);
  }

  #count(uids: readonly string[]): void {
    const before = this.deleted;
    for (const uid of uids) this.#touched.add(uid);
    if (this.deleted > before) this.#context.stats.mutated(this.#word.verb, this.#word.resource, this.deleted - before);
  }
}

/** True where asking again may get further. */
function isBrokenOff(error: unknown): boolean {
  if (error instanceof ApiError) return [500, 502, 503, 504].includes(error.code) || isExpired(error);
  return error instanceof TransportError && error.outcomeUnknown;
}

/** False only where the server answered before it looked at the first object. The dry run has shown that the caller may. */
function mayHaveBegun(error: unknown): boolean {
  if (!(error instanceof ApiError)) return error instanceof TransportError && error.outcomeUnknown;
  // Whoever admits each single object may answer it for one in the middle; everyone else, for the request.
  if (error.code === 400) return /admission webhook/.test(error.serverMessage);
  if (error.code === 503) return error.retryAfterSeconds === undefined;
  return ![401, 429].includes(error.code) && !isExpired(error);
}

/** The request as one that changes nothing, so that it can be made again. */
function dry(request: KubeRequest): KubeRequest {
  return {
    ...request,
    body: { ...(request.body as object), dryRun: ["All"] },
    query: [...request.query, ["dryRun", "All"]],
    idempotent: true,
  };
}

/** A list as far as it counts here: of objects, or of their metadata alone. */
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
