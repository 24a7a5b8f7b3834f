import type { Deleted, Reflection, WatchEvent } from "../surface/call-results.ts";
import type { KubeObject } from "../surface/objects.ts";

/** `namespace/name`: unlike the uid it is the same for an object and the one that took its place. */
function objectKey(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}

/** How objects are kept. */
interface Memory<T extends KubeObject, Kept> {
  keep(object: T): Kept;
  /** What is known of an object that was kept: its uid and resourceVersion at least. */
  recall(kept: Kept): KubeObject;
}

/**
 * Keeps of an object what the event tells that says that it is gone: kept whole, 20,000 pods would take 150 MB. As JSON: one text is nothing to a garbage
 * collector, where the objects and texts that it stands for would be copied and looked through again and again.
 */
export const identityMemory: Memory<KubeObject, string> = {
  keep({ apiVersion, kind, metadata }) {
    const { name, namespace, uid, resourceVersion, creationTimestamp, labels, ownerReferences } = metadata ?? {};
    const kept = { name, namespace, uid, resourceVersion, creationTimestamp, labels, ownerReferences };
    return JSON.stringify({ apiVersion, kind, metadata: kept });
  },
  recall: (text) => JSON.parse(text) as KubeObject,
};

/** Keeps objects whole. */
export function wholeMemory<T extends KubeObject>(): Memory<T, T> {
  return { keep: (object) => object, recall: (object) => object };
}

/** What a watch tells a tracker, which tells what of it is news. */
export type Listener<T extends KubeObject> = Pick<
  Tracker<T, unknown>,
  "beginListing" | "endListing" | "present" | "absent"
>;

/** Knows what a watch has told, so that after a gap only the differences are told: nothing twice, nothing lost. */
export class Tracker<T extends KubeObject, Kept> {
  readonly #memory: Memory<T, Kept>;
  readonly #objects = new Map<string, Kept>();
  /** What the listing under way has shown so far; undefined where nothing was known before it, so that nothing can be gone. */
  #seen: Set<string> | undefined;

  /** @param memory keeps what is given in DELETED after a gap */
  constructor(memory: Memory<T, Kept>) {
    this.#memory = memory;
  }

  get objects(): ReadonlyMap<string, Kept> {
    return this.#objects;
  }

  /** Begins to go through everything that is there; one that was begun before and not ended is forgotten. */
  beginListing(): void {
    this.#seen = this.#objects.size === 0 ? undefined : new Set();
  }

  /** Adds what was known and is no longer there, as far as it was kept. */
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

  /** Adds what is new in an object that is there, in the state that it has now. */
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

  /** Adds that an object was deleted, or left the selection. */
  absent(object: T, events: WatchEvent<T>[]): void {
    if (this.#objects.delete(objectKey(object))) events.push(gone(object));
  }
}

function gone<T extends KubeObject>(object: KubeObject): WatchEvent<T> {
  return { type: "DELETED", object: object as Deleted<T> };
}

/**
 * Keeps a live map: runs a watch on its own and resolves once everything that is there is in it.
 *
 * @param namespace the one that objects are looked up in where none is named; undefined for cluster-scoped resources and all namespaces
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

  /** A watch that failed for good must not go on answering what was true once. */
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
