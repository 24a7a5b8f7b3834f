import { randomUUID } from "node:crypto";
import type { ObjectMeta } from "../../kube/surface/objects.ts";
import { type ApiObject, timestamp } from "../objects/api-object.ts";
import { alreadyExists, notFound } from "../objects/api-status.ts";
import type { GroupResource } from "../objects/resource-table.ts";

/** All objects of one resource at one revision, sorted by key. */
export interface Snapshot {
  readonly revision: number;
  readonly entries: readonly SnapshotEntry[];
}

interface SnapshotEntry {
  /** `namespace/name`; only `/name` for a cluster-scoped object. */
  readonly key: string;
  readonly object: ApiObject;
}

/** An object before the store has set uid, version and times. */
export type NewObject = Omit<ApiObject, "metadata"> & { metadata: ObjectMeta & { name: string } };

/** How many old snapshots to keep for continue tokens. etcd keeps five minutes. */
const KEPT_SNAPSHOTS = 256;

function collectionName({ group, resource }: GroupResource): string {
  return `${group}/${resource}`;
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

/**
 * The objects of an embedded cluster, in memory, with one revision counter for all, like etcd. Independent of requests and of the rules of kinds.
 */
export class ObjectStore {
  readonly #collections = new Map<string, Map<string, ApiObject>>();
  readonly #current = new Map<string, Snapshot>();
  readonly #kept = new Map<string, Snapshot>();
  readonly events = new EventLog();
  #revision = 1;

  /** The revision of the last change: a list's current resourceVersion. */
  get revision(): number {
    return this.#revision;
  }

  get(resource: GroupResource, namespace: string | undefined, name: string): ApiObject | undefined {
    return this.#collections.get(collectionName(resource))?.get(keyOf(namespace, name));
  }

  /** @throws {ApiStatusError} 404 */
  mustGet(resource: GroupResource, namespace: string | undefined, name: string): ApiObject {
    const found = this.get(resource, namespace, name);
    if (!found) throw notFound(resource, name);
    return found;
  }

  /** All objects of a resource, in one namespace or all. */
  all(resource: GroupResource, namespace?: string): ApiObject[] {
    const entries = this.snapshot(resource).entries;
    return entries.map((entry) => entry.object).filter((o) => !namespace || o.metadata.namespace === namespace);
  }

  /**
   * Stores a new object, and sets its resourceVersion and, if missing, uid and creationTimestamp.
   * @throws {ApiStatusError} 409 AlreadyExists
   */
  insert(resource: GroupResource, object: NewObject): ApiObject {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const collection = this.#collection(resource);
    if (collection.has(key)) throw alreadyExists(resource, object.metadata.name);
    const stored = this.prepare(object, String(this.#nextRevision(resource)));
    collection.set(key, stored);
    this.events.append({ type: "ADDED", resource, object: stored, revision: this.#revision });
    return stored;
  }

  /** The object that insert would store: the answer to a dry run. */
  prepare(object: NewObject, resourceVersion = ""): ApiObject {
    const { uid = randomUUID(), creationTimestamp = timestamp(), ...rest } = object.metadata;
    const version = resourceVersion === "" ? {} : { resourceVersion };
    const { kind, apiVersion, ...fields } = object;
    return { kind, apiVersion, ...fields, metadata: { ...rest, uid, creationTimestamp, ...version } } as ApiObject;
  }

  /** Replaces an object and sets the next resourceVersion. @throws {ApiStatusError} 404 */
  replace(resource: GroupResource, object: ApiObject): ApiObject {
    const { namespace, name } = object.metadata;
    const previous = this.mustGet(resource, namespace, name);
    const stored = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#nextRevision(resource)) },
    };
    this.#collection(resource).set(keyOf(namespace, name), stored);
    this.events.append({ type: "MODIFIED", resource, object: stored, previous, revision: this.#revision });
    return stored;
  }

  /** Removes an object. @returns its last state @throws {ApiStatusError} 404 */
  remove(resource: GroupResource, namespace: string | undefined, name: string): ApiObject {
    const previous = this.mustGet(resource, namespace, name);
    this.#collection(resource).delete(keyOf(namespace, name));
    const resourceVersion = String(this.#nextRevision(resource));
    const object = { ...previous, metadata: { ...previous.metadata, resourceVersion } };
    this.events.append({ type: "DELETED", resource, object, previous, revision: this.#revision });
    return previous;
  }

  /** The current objects of a resource, sorted; cached until the next change. */
  snapshot(resource: GroupResource): Snapshot {
    const name = collectionName(resource);
    const current = this.#current.get(name);
    if (current) return { revision: this.#revision, entries: current.entries };
    const entries = [...this.#collection(resource)].map(([key, object]) => ({ key, object }));
    entries.sort((left, right) => (left.key < right.key ? -1 : 1));
    const snapshot = { revision: this.#revision, entries };
    this.#current.set(name, snapshot);
    return snapshot;
  }

  /** Keeps a snapshot for a continue token. */
  keep(resource: GroupResource, snapshot: Snapshot): void {
    this.#kept.set(`${collectionName(resource)}@${snapshot.revision}`, snapshot);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_SNAPSHOTS && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** A kept snapshot; undefined once compacted. */
  kept(resource: GroupResource, revision: number): Snapshot | undefined {
    return this.#kept.get(`${collectionName(resource)}@${revision}`);
  }

  /** Drops the history, like etcd's compaction: older continue tokens and watches answer 410. */
  compact(): void {
    this.#kept.clear();
    this.events.compact(this.#revision);
  }

  #collection(resource: GroupResource): Map<string, ApiObject> {
    const name = collectionName(resource);
    const existing = this.#collections.get(name);
    if (existing) return existing;
    const created = new Map<string, ApiObject>();
    this.#collections.set(name, created);
    return created;
  }

  #nextRevision(changed: GroupResource): number {
    this.#current.delete(collectionName(changed));
    this.#revision += 1;
    return this.#revision;
  }
}

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: GroupResource;
  readonly object: ApiObject;
  /** The previous state; absent for ADDED. */
  readonly previous?: ApiObject;
  readonly revision: number;
}

/** How many changes a watch can catch up on; beyond that it gets 410. */
const KEPT_EVENTS = 10_000;

/** The latest changes in order, and the listeners. */
class EventLog {
  #events: StoreEvent[] = [];
  #compactedRevision = 0;
  readonly #listeners = new Set<(event: StoreEvent) => void>();

  append(event: StoreEvent): void {
    this.#events.push(event);
    // Drop half at once: dropping one at a time would copy the whole list on each change.
    if (this.#events.length > KEPT_EVENTS * 2) this.compact(this.#events[KEPT_EVENTS]?.revision ?? 0);
    for (const listener of this.#listeners) listener(event);
  }

  /** The oldest revision that a watch can start after. */
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  /** The changes after a revision, oldest first; undefined if some are compacted. */
  after(revision: number): readonly StoreEvent[] | undefined {
    if (revision < this.#compactedRevision) return undefined;
    return this.#events.filter((event) => event.revision > revision);
  }

  /** Calls the listener for each future change. @returns stops it */
  listen(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drops the changes up to a revision. */
  compact(revision: number): void {
    this.#events = this.#events.filter((event) => event.revision > revision);
    this.#compactedRevision = revision;
  }
}
