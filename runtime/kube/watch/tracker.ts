import type { WatchEvent } from "../call-results.ts";
import type { KubeObject } from "../objects.ts";

/** `namespace/name`: unlike the uid it is the same for an object and the one that took its place. */
export function objectKey(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}`;
}

/** Knows what a watch has told, so that after a gap only the differences are told: nothing twice, nothing lost. */
export class Tracker<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  /** What the listing under way has shown so far. */
  #seen: Set<string> | undefined;

  get objects(): ReadonlyMap<string, T> {
    return this.#objects;
  }

  /** Begins to go through everything that is there; one that was begun before and not ended is forgotten. */
  beginListing(): void {
    this.#seen = new Set();
  }

  /** What was known and is no longer there, in the last state that was seen. */
  *endListing(): Generator<WatchEvent<T>> {
    const seen = this.#seen;
    this.#seen = undefined;
    for (const [key, object] of this.#objects) {
      if (seen?.has(key)) continue;
      this.#objects.delete(key);
      yield { type: "DELETED", object };
    }
  }

  /** An object that is there, in the state that it has now. */
  *present(object: T): Generator<WatchEvent<T>> {
    const key = objectKey(object);
    this.#seen?.add(key);
    const known = this.#objects.get(key);
    this.#objects.set(key, object);
    if (known === undefined) yield { type: "ADDED", object };
    else if (known.metadata?.uid !== object.metadata?.uid) {
      yield { type: "DELETED", object: known };
      yield { type: "ADDED", object };
    } else if (known.metadata?.resourceVersion !== object.metadata?.resourceVersion) yield { type: "MODIFIED", object };
  }

  /** An object that was deleted, or left the selection. */
  *absent(object: T): Generator<WatchEvent<T>> {
    if (this.#objects.delete(objectKey(object))) yield { type: "DELETED", object };
  }
}
