import type { Deleted, WatchEvent } from "../surface/call-results.ts";
import type { KubeObject } from "../surface/objects.ts";

/** `namespace/name`: unlike the uid it is the same for an object and the one that took its place. */
export function objectKey(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}

/** How objects are kept. */
export interface Memory<T extends KubeObject, Kept> {
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
