import type { Deleted, WatchEvent } from "../call-results.ts";
import type { KubeObject } from "../objects.ts";

/** `namespace/name`: unlike the uid it is the same for an object and the one that took its place. */
export function objectKey(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}

/** What a watch keeps of an object, for the event that tells that it is gone: kept whole, 20,000 pods would take 150 MB. */
export function identityOf<T extends KubeObject>({ apiVersion, kind, metadata }: T): Deleted<T> {
  const { name, namespace, uid, resourceVersion, creationTimestamp, labels, ownerReferences } = metadata ?? {};
  const kept: Record<string, unknown> = { name };
  if (namespace !== undefined) kept.namespace = namespace;
  kept.uid = uid;
  kept.resourceVersion = resourceVersion;
  kept.creationTimestamp = creationTimestamp;
  if (labels !== undefined) kept.labels = labels;
  if (ownerReferences !== undefined) kept.ownerReferences = ownerReferences;
  return { apiVersion, kind, metadata: kept } as unknown as Deleted<T>;
}

/** Keeps objects whole. */
export function wholeObject<T extends KubeObject>(object: T): T {
  return object;
}

/** Knows what a watch has told, so that after a gap only the differences are told: nothing twice, nothing lost. */
export class Tracker<T extends KubeObject, Kept extends KubeObject = Deleted<T>> {
  readonly #keep: (object: T) => Kept;
  readonly #objects = new Map<string, Kept>();
  /** What the listing under way has shown so far; undefined where nothing was known before it, so that nothing can be gone. */
  #seen: Set<string> | undefined;

  /** @param keep what is kept of each object, and given in DELETED after a gap */
  constructor(keep: (object: T) => Kept) {
    this.#keep = keep;
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
      events.push(gone(object));
    }
  }

  /** Adds what is new in an object that is there, in the state that it has now. */
  present(object: T, events: WatchEvent<T>[]): void {
    const key = objectKey(object);
    this.#seen?.add(key);
    const known = this.#objects.get(key);
    this.#objects.set(key, this.#keep(object));
    if (known === undefined) events.push({ type: "ADDED", object });
    else if (known.metadata?.uid !== object.metadata?.uid) events.push(gone(known), { type: "ADDED", object });
    else if (known.metadata?.resourceVersion !== object.metadata?.resourceVersion) {
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
