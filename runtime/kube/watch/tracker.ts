import type { Deleted, Reflection, WatchEvent } from "../surface/call-results.ts";
import type { KubeObject } from "../surface/objects.ts";

/** `namespace/name`: unlike the uid, the same for an object and its replacement. */
function objectKey(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}

/** How the tracker stores objects. */
interface Memory<T extends KubeObject, Kept> {
  keep(object: T): Kept;
  /** Restores a stored object: at least its uid and resourceVersion. */
  recall(kept: Kept): KubeObject;
}

/**
 * Stores only what the DELETED event needs: whole objects would take 150 MB for 20,000 pods. Stored as JSON, because a single string is cheap for
 * the garbage collector, which would copy and scan an object graph again and again.
 */
export const identityMemory: Memory<KubeObject, string> = {
  keep({ apiVersion, kind, metadata }) {
    const { name, namespace, uid, resourceVersion, creationTimestamp, labels, ownerReferences } = metadata ?? {};
    const kept = { name, namespace, uid, resourceVersion, creationTimestamp, labels, ownerReferences };
    return JSON.stringify({ apiVersion, kind, metadata: kept });
  },
  recall: (text) => JSON.parse(text) as KubeObject,
};

/** Stores whole objects. */
export function wholeMemory<T extends KubeObject>(): Memory<T, T> {
  return { keep: (object) => object, recall: (object) => object };
}

export type Listener<T extends KubeObject> = Pick<
  Tracker<T, unknown>,
  "beginListing" | "endListing" | "present" | "absent"
>;

/** Remembers the reported objects, so that after a gap only differences are reported: no event is repeated or lost. */
export class Tracker<T extends KubeObject, Kept> {
  readonly #memory: Memory<T, Kept>;
  readonly #objects = new Map<string, Kept>();
  /** Keys seen in the current listing; undefined if no objects were known before, so none can have been deleted. */
  #seen: Set<string> | undefined;

  /** @param memory stores the objects for DELETED events after a gap */
  constructor(memory: Memory<T, Kept>) {
    this.#memory = memory;
  }

  get objects(): ReadonlyMap<string, Kept> {
    return this.#objects;
  }

  /** Starts a listing of all objects, discarding an unfinished one. */
  beginListing(): void {
    this.#seen = this.#objects.size === 0 ? undefined : new Set();
  }

  /** Adds DELETED events for known objects that the listing did not contain. */
  endListing(events: WatchEvent<T>[]): void {
    const seen = this.#seen;
    this.#seen = undefined;
    if (seen === undefined) return;
    for (const [key, object] of this.#objects) {
      if (seen.has(key)) continue;
      this.#objects.delete(key);
      events.push(gone(this.#memory.recall(object)));
    }
  }

  /** Adds an event if the object is new or has changed. */
  present(object: T, events: WatchEvent<T>[]): void {
    const key = objectKey(object);
    this.#seen?.add(key);
    const known = this.#objects.get(key);
    this.#objects.set(key, this.#memory.keep(object));
    if (known === undefined) {
      events.push({ type: "ADDED", object });
      return;
    }
    const before = this.#memory.recall(known);
    if (before.metadata?.uid !== object.metadata?.uid) events.push(gone(before), { type: "ADDED", object });
    else if (before.metadata?.resourceVersion !== object.metadata?.resourceVersion) {
      events.push({ type: "MODIFIED", object });
    }
  }

  /** Adds a DELETED event for an object that was deleted or no longer matches the selection. */
  absent(object: T, events: WatchEvent<T>[]): void {
    if (this.#objects.delete(objectKey(object))) events.push(gone(object));
  }
}

function gone<T extends KubeObject>(object: KubeObject): WatchEvent<T> {
  return { type: "DELETED", object: object as Deleted<T> };
}

/**
 * Keeps a live map: runs a watch in the background and resolves once the map has all existing objects.
 *
 * @param namespace default for lookups; undefined for cluster-scoped resources and all namespaces
 * @param stop ends the watch
 */
export async function reflectObjects<T extends KubeObject>(
  tracker: Tracker<T, T>,
  events: AsyncIterable<WatchEvent<T>>,
  namespace: string | undefined,
  stop: () => void,
): Promise<Reflection<T>> {
  let failure: unknown;
  let isClosed = false;
  let running: Promise<void> | undefined;
  await new Promise<void>((resolve, reject) => {
    running = run(events, resolve)
      .then(() => reject(new Error("the reflection ended before its first list was complete")))
      .catch((error: unknown) => {
        if (!isClosed) failure = error;
        reject(error);
      });
  });

  /** After a permanent failure of the watch, the map must not return outdated objects. */
  const living = (): ReadonlyMap<string, T> => {
    if (failure !== undefined) throw failure;
    return tracker.objects;
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    stop();
    await running;
  };
  return {
    get size() {
      return living().size;
    },
    get: (name, place = namespace ?? "") => living().get(`${place}/${name}`),
    values: () => living().values() as IterableIterator<T>,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function run<T>(events: AsyncIterable<WatchEvent<T>>, onSynced: () => void): Promise<void> {
  for await (const event of events) if (event.type === "SYNCED") onSynced();
}
