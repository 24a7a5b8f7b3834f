import type { ShareBasis } from "../../job/limits.ts";

/** What a run has changed under one limit. */
export class ChangedObjects {
  /** Key → the object, how many calls to it are under way, and whether one changed it. */
  readonly #objects = new Map<string, { underWay: number; isChanged: boolean }>();
  /** Resource → objects. */
  readonly #used = new Map<string, number>();
  readonly #changed = new Map<string, number>();
  /** Name → the object that it stood for last. */
  readonly uids = new Map<string, string>();
  /** Calls, those under way included. */
  calls = 0;
  callsMade = 0;

  /** Whether a call changed the object or is about to. */
  has(key: string): boolean {
    return this.#objects.has(key);
  }

  isChanged(key: string): boolean {
    return this.#objects.get(key)?.isChanged === true;
  }

  /** How many objects would be used with these, those under way included. @param resource only of this one */
  used(resource: string | undefined, more: readonly string[]): number {
    return sum(this.#used, resource) + more.filter((key) => !this.has(key)).length;
  }

  /** How many would have been changed with these, those under way left out. @param resource only of this one */
  changed(resource: string | undefined, more: readonly string[]): number {
    return sum(this.#changed, resource) + more.filter((key) => !this.isChanged(key)).length;
  }

  begin(resource: string, keys: readonly string[]): void {
    this.calls += 1;
    for (const key of keys) this.#take(resource, key).underWay += 1;
  }

  /** @param changed what was changed, of these keys or not */
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
      object.underWay -= 1;
      if (object.underWay > 0 || object.isChanged) continue;
      this.#objects.delete(key);
      add(this.#used, resource, -1);
    }
  }

  #take(resource: string, key: string) {
    const known = this.#objects.get(key);
    if (known !== undefined) return known;
    const object = { underWay: 0, isChanged: false };
    this.#objects.set(key, object);
    add(this.#used, resource, 1);
    return object;
  }
}

/** What a run has listed of one resource: each list with its objects. An object counts once, in however many lists it is. */
export class ListedObjects {
  readonly #lists = new Map<string, ReadonlySet<string>>();
  /** In how many of the lists an object is. */
  readonly #timesOf = new Map<string, number>();
  /** A selector narrowed every one of the lists. */
  isNarrowed = true;

  get size(): number {
    return this.#timesOf.size;
  }

  /** The same list again replaces what it had before. @param uids what tells one object from another */
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

/** A list whose objects a share may be a part of. */
export interface NotedList {
  readonly resource: string;
  readonly basis: ShareBasis;
  /** What tells it from other lists of the resource. */
  readonly list: string;
  /** A selector chose from the resource's objects. */
  readonly isNarrowed: boolean;
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function sum(counts: ReadonlyMap<string, number>, resource: string | undefined): number {
  if (resource !== undefined) return counts.get(resource) ?? 0;
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
