import type { ApiObject } from "../objects/api-object.ts";
import type { ResourceKey } from "./object-store.ts";

/** One change of one object. */
export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: ResourceKey;
  readonly object: ApiObject;
  /** How it was before; absent for ADDED. */
  readonly previous?: ApiObject;
  readonly revision: number;
}

/** How many changes a watch can catch up on; one that is further behind answers 410. */
const KEPT_EVENTS = 10_000;

/** The latest changes in order, and whoever listens for the next. */
export class EventLog {
  #events: StoreEvent[] = [];
  #compactedRevision = 0;
  readonly #listeners = new Set<(event: StoreEvent) => void>();

  append(event: StoreEvent): void {
    this.#events.push(event);
    // Halved at once rather than shifted by one, which would copy the whole list for each change.
    if (this.#events.length > KEPT_EVENTS * 2) this.compact(this.#events[KEPT_EVENTS]?.revision ?? 0);
    for (const listener of this.#listeners) listener(event);
  }

  /** The oldest revision that a watch may start after. */
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  /** Changes after a revision, oldest first; undefined where some of them are forgotten. */
  after(revision: number): readonly StoreEvent[] | undefined {
    if (revision < this.#compactedRevision) return undefined;
    return this.#events.filter((event) => event.revision > revision);
  }

  /** Calls the listener for each change from now on. @returns stops it */
  listen(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets the changes up to a revision. */
  compact(revision: number): void {
    this.#events = this.#events.filter((event) => event.revision > revision);
    this.#compactedRevision = revision;
  }
}
