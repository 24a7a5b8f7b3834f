import { randomUUID } from "node:crypto";
import type { ResourceInfo } from "../../job/access.ts";
import type { ObjectMeta } from "../../kube/surface/objects.ts";
import { type ApiObject, timestamp } from "../objects/api-object.ts";
import { alreadyExists, notFound } from "../objects/api-status.ts";
import { EventLog } from "./event-log.ts";

/** Which objects belong together: the version does not matter for storage. */
export type ResourceKey = Pick<ResourceInfo, "group" | "resource">;

/** All objects of one resource at one moment, in the order of their keys. */
export interface Snapshot {
  readonly revision: number;
  readonly entries: readonly SnapshotEntry[];
}

interface SnapshotEntry {
  /** `namespace/name`; only `/name` for a cluster-scoped object. */
  readonly key: string;
  readonly object: ApiObject;
}

/** An object before the store gave it its identity. */
export type NewObject = Omit<ApiObject, "metadata"> & { metadata: ObjectMeta & { name: string } };

/** How many snapshots outlive a later change for the sake of continue tokens. etcd keeps five minutes' worth. */
const KEPT_SNAPSHOTS = 256;

function collectionName({ group, resource }: ResourceKey): string {
  return `${group}/${resource}`;
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

/**
 * The objects of an embedded cluster, in memory, with one counter of revisions over all of them as etcd has.
 * It knows nothing of requests: rules about kinds are the callers'.
 */
export class ObjectStore {
  readonly #collections = new Map<string, Map<string, ApiObject>>();
  readonly #current = new Map<string, Snapshot>();
  readonly #kept = new Map<string, Snapshot>();
  readonly events = new EventLog();
  #revision = 1;

  /** The revision of the last change: the resourceVersion of a list made now. */
  get revision(): number {
    return this.#revision;
  }

  get(resource: ResourceKey, namespace: string | undefined, name: string): ApiObject | undefined {
    return this.#collections.get(collectionName(resource))?.get(keyOf(namespace, name));
  }

  /** @throws {ApiStatusError} 404 */
  mustGet(resource: ResourceKey, namespace: string | undefined, name: string): ApiObject {
    const found = this.get(resource, namespace, name);
    if (!found) throw notFound(resource, name);
    return found;
  }

  /** Every object of a resource, in any namespace or in one. */
  all(resource: ResourceKey, namespace?: string): ApiObject[] {
    const entries = this.snapshot(resource).entries;
    return entries.map((entry) => entry.object).filter((o) => !namespace || o.metadata.namespace === namespace);
  }

  /**
   * Gives a new object uid, creationTimestamp and resourceVersion, unless it brings the first two, and keeps it.
   * @throws {ApiStatusError} 409 AlreadyExists
   */
  insert(resource: ResourceKey, object: NewObject): ApiObject {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const collection = this.#collection(resource);
    if (collection.has(key)) throw alreadyExists(resource, object.metadata.name);
    const stored = this.prepare(object, String(this.#nextRevision(resource)));
    collection.set(key, stored);
    this.events.append({ type: "ADDED", resource, object: stored, revision: this.#revision });
    return stored;
  }

  /** What insert would store, without storing it: the answer to a dry run. */
  prepare(object: NewObject, resourceVersion = ""): ApiObject {
    const { uid = randomUUID(), creationTimestamp = timestamp(), ...rest } = object.metadata;
    const version = resourceVersion === "" ? {} : { resourceVersion };
    const { kind, apiVersion, ...fields } = object;
    return { kind, apiVersion, ...fields, metadata: { ...rest, uid, creationTimestamp, ...version } } as ApiObject;
  }

  /** Replaces an object that is there by a later form of it, and gives it the next resourceVersion. */
  replace(resource: ResourceKey, object: ApiObject): ApiObject {
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

  /** Takes an object away. @returns its last form @throws {ApiStatusError} 404 */
  remove(resource: ResourceKey, namespace: string | undefined, name: string): ApiObject {
    const previous = this.mustGet(resource, namespace, name);
    this.#collection(resource).delete(keyOf(namespace, name));
    const resourceVersion = String(this.#nextRevision(resource));
    const object = { ...previous, metadata: { ...previous.metadata, resourceVersion } };
    this.events.append({ type: "DELETED", resource, object, previous, revision: this.#revision });
    return previous;
  }

  /** The objects of a resource now, sorted; made once for each change. */
  snapshot(resource: ResourceKey): Snapshot {
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
  keep(resource: ResourceKey, snapshot: Snapshot): void {
    this.#kept.set(`${collectionName(resource)}@${snapshot.revision}`, snapshot);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_SNAPSHOTS && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** A snapshot that was kept, or undefined once it is compacted. */
  kept(resource: ResourceKey, revision: number): Snapshot | undefined {
    return this.#kept.get(`${collectionName(resource)}@${revision}`);
  }

  /** Forgets history as etcd's compaction does: continue tokens and watches from before answer 410. */
  compact(): void {
    this.#kept.clear();
    this.events.compact(this.#revision);
  }

  #collection(resource: ResourceKey): Map<string, ApiObject> {
    const name = collectionName(resource);
    const existing = this.#collections.get(name);
    if (existing) return existing;
    const created = new Map<string, ApiObject>();
    this.#collections.set(name, created);
    return created;
  }

  #nextRevision(changed: ResourceKey): number {
    this.#current.delete(collectionName(changed));
    this.#revision += 1;
    return this.#revision;
  }
}
