import type { Deleted, WatchEvent } from "../call-results.ts";
import type { KubeObject } from "../objects.ts";

/** `namespace/name`: unlike the uid it is the same for an object and the one that took its place. */
export function objectKey(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}

/** What a watch keeps of an object, for the event that tells that it is gone: kept whole, 20,000 pods would take 150 MB. */
export function identityOf<T extends KubeObject>({ apiVersion, kind, metadata }: T): Deleted<T> {
  const { name, namespace, uid, resourceVersion, creationTimestamp, labels, ownerReferences } = metadata ?? {};
  const kept = {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
      ...(labels === undefined ? {} : { labels }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
  };
  return kept as Deleted<T>;
}

/** Keeps objects whole. */
export function wholeObject<T extends KubeObject>(object: T): T {
  return object;
}

/** Knows what a watch has told, so that after a gap only the differences are told: nothing twice, nothing lost. */
export class Tracker<T extends KubeObject, Kept extends KubeObject = Deleted<T>> {
  readonly #keep: (object: T) => Kept;
  readonly #objects = new Map<string, Kept>();
  /** What the listing under way has shown so far. */
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
    this.#seen = new Set();
  }

  /** What was known and is no longer there, as far as it was kept. */
  *endListing(): Generator<WatchEvent<T>> {
    const seen = this.#seen;
    this.#seen = undefined;
    for (const [key, object] of this.#objects) {
      if (seen?.has(key)) continue;
      this.#objects.delete(key);
      yield gone(object);
    }
  }

  /** An object that is there, in the state that it has now. */
  *present(object: T): Generator<WatchEvent<T>> {
    const key = objectKey(object);
    this.#seen?.add(key);
    const known = this.#objects.get(key);
    this.#objects.set(key, this.#keep(object));
    if (known === undefined) yield { type: "ADDED", object };
    else if (known.metadata?.uid !== object.metadata?.uid) {
      yield gone(known);
      yield { type: "ADDED", object };
    } else if (known.metadata?.resourceVersion !== object.metadata?.resourceVersion) yield { type: "MODIFIED", object };
  }

  /** An object that was deleted, or left the selection. */
  *absent(object: T): Generator<WatchEvent<T>> {
    if (this.#objects.delete(objectKey(object))) yield gone(object);
  }
}

function gone<T extends KubeObject>(object: KubeObject): WatchEvent<T> {
  return { type: "DELETED", object: object as Deleted<T> };
}
