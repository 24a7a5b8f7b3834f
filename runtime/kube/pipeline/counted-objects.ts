import type { ShareBasis } from "../../job/limits.ts";

/** The objects that a run has changed under one limit. */
export class ChangedObjects {
  /** Key → calls in flight to the object, and whether one has changed it. */
  readonly #objects = new Map<string, { inFlight: number; isChanged: boolean }>();
  /** Resource → number of objects. */
  readonly #used = new Map<string, number>();
  readonly #changed = new Map<string, number>();
  /** Name → last known uid of its object. */
  readonly uids = new Map<string, string>();
  /** Calls, including those in flight. */
  calls = 0;
  callsMade = 0;

  /** True if a call has changed the object or is in flight. */
  has(key: string): boolean {
    return this.#objects.has(key);
  }

  isChanged(key: string): boolean {
    return this.#objects.get(key)?.isChanged === true;
  }

  /** Number of objects including these and those in flight. @param resource counts only this resource */
  used(resource: string | undefined, more: readonly string[]): number {
    return sum(this.#used, resource) + more.filter((key) => !this.has(key)).length;
  }

  /** Number of changed objects including these, without those in flight. @param resource counts only this resource */
  changed(resource: string | undefined, more: readonly string[]): number {
    return sum(this.#changed, resource) + more.filter((key) => !this.isChanged(key)).length;
  }

  begin(resource: string, keys: readonly string[]): void {
    this.calls += 1;
    for (const key of keys) this.#take(resource, key).inFlight += 1;
  }

  /** @param changed the objects that were changed, which may differ from `keys` */
  end(resource: string, keys: readonly string[], changed: readonly string[]): void {
    if (changed.length === 0) this.calls -= 1;
    else this.callsMade += 1;
    for (const key of changed) {
      const object = this.#take(resource, key);
      if (!object.isChanged) add(this.#changed, resource, 1);
      object.isChanged = true;
    }
    for (const key of keys) {
      const object = this.#take(resource, key);
      object.inFlight -= 1;
      if (object.inFlight > 0 || object.isChanged) continue;
      this.#objects.delete(key);
      add(this.#used, resource, -1);
    }
  }

  #take(resource: string, key: string) {
    const known = this.#objects.get(key);
    if (known !== undefined) return known;
    const object = { inFlight: 0, isChanged: false };
    this.#objects.set(key, object);
    add(this.#used, resource, 1);
    return object;
  }
}

/** The objects of one resource that a run has listed, by list. An object in several lists counts once. */
export class ListedObjects {
  readonly #lists = new Map<string, ReadonlySet<string>>();
  /** Number of lists that contain the object. */
  readonly #timesOf = new Map<string, number>();
  /** True if every list had a selector. */
  isNarrowed = true;

  get size(): number {
    return this.#timesOf.size;
  }

  /** Repeating a list replaces its earlier result. @param uids identify the objects */
  note({ list, isNarrowed }: NotedList, uids: ReadonlySet<string>): void {
    this.isNarrowed &&= isNarrowed;
    for (const uid of uids) add(this.#timesOf, uid, 1);
    for (const uid of this.#lists.get(list) ?? []) {
      add(this.#timesOf, uid, -1);
      if (this.#timesOf.get(uid) === 0) this.#timesOf.delete(uid);
    }
    this.#lists.set(list, uids);
  }
}

/** A list that a share may refer to. */
export interface NotedList {
  readonly resource: string;
  readonly basis: ShareBasis;
  /** Identifies the list among those of the resource. */
  readonly list: string;
  /** True if the list had a selector. */
  readonly isNarrowed: boolean;
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function sum(counts: ReadonlyMap<string, number>, resource: string | undefined): number {
  if (resource !== undefined) return counts.get(resource) ?? 0;
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
