import { type ApiObject, tidied } from "../objects/api-object.ts";
import { type GroupResource, isSameResource } from "../objects/resource-table.ts";
import type { StoreEvent } from "../storage/object-store.ts";
import type { Backend } from "../verbs/backend.ts";
import { deleteObject, FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from "../verbs/delete.ts";

interface Place {
  readonly resource: GroupResource;
  readonly namespace: string | undefined;
  readonly name: string;
}

function ownersOf({ metadata }: ApiObject): string[] {
  return (metadata.ownerReferences ?? []).map((reference) => reference.uid);
}

/**
 * Deletes or orphans the dependents of a deleted object, and with foreground deletion keeps the owner until its dependents are deleted.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export class GarbageCollector {
  readonly #backend: Backend;
  /** Owner's uid → its dependents by uid. */
  readonly #dependents = new Map<string, Map<string, Place>>();
  readonly #places = new Map<string, Place>();
  readonly #stop: () => void;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#stop = backend.store.events.listen((event) => this.#see(event));
  }

  close(): void {
    this.#stop();
  }

  #see({ type, resource, object, previous }: StoreEvent): void {
    const { uid, namespace, name, finalizers = [], deletionTimestamp } = object.metadata;
    for (const owner of previous ? ownersOf(previous) : []) this.#dependents.get(owner)?.delete(uid);
    if (type === "DELETED") {
      this.#places.delete(uid);
      // Deferred, so that the current deletion is answered first.
      this.#backend.deferred.run(0, () => this.#collect(uid));
      for (const owner of ownersOf(object)) this.#backend.deferred.run(0, () => this.#releaseOwner(owner));
      return;
    }
    const place = { resource, namespace, name };
    this.#places.set(uid, place);
    for (const owner of ownersOf(object)) {
      const dependents = this.#dependents.get(owner) ?? new Map<string, Place>();
      dependents.set(uid, place);
      this.#dependents.set(owner, dependents);
    }
    if (deletionTimestamp === undefined) return;
    if (finalizers.includes(ORPHAN_FINALIZER)) this.#backend.deferred.run(0, () => this.#orphan(resource, object));
    else if (finalizers.includes(FOREGROUND_FINALIZER))
      this.#backend.deferred.run(0, () => this.#foreground(resource, object));
  }

  #collect(ownerUid: string): void {
    for (const { resource, namespace, name } of this.#dependents.get(ownerUid)?.values() ?? []) {
      const object = this.#backend.store.get(resource, namespace, name);
      const others = object ? ownersOf(object).filter((owner) => owner !== ownerUid && this.#find(owner)) : [];
      if (object && others.length === 0) this.#delete(resource, object, "Background");
    }
    this.#dependents.delete(ownerUid);
  }

  #foreground(resource: GroupResource, owner: ApiObject): void {
    const dependents = [...(this.#dependents.get(owner.metadata.uid)?.values() ?? [])];
    for (const dependent of dependents) {
      const object = this.#backend.store.get(dependent.resource, dependent.namespace, dependent.name);
      if (object && !object.metadata.deletionTimestamp) this.#delete(dependent.resource, object, "Foreground");
    }
    if (dependents.length === 0) this.#release(resource, owner, FOREGROUND_FINALIZER);
  }

  #releaseOwner(ownerUid: string): void {
    if ((this.#dependents.get(ownerUid)?.size ?? 0) > 0) return;
    const found = this.#find(ownerUid);
    if (found?.object.metadata.finalizers?.includes(FOREGROUND_FINALIZER))
      this.#release(found.resource, found.object, FOREGROUND_FINALIZER);
  }

  #orphan(resource: GroupResource, owner: ApiObject): void {
    const { store } = this.#backend;
    for (const { resource: kind, namespace, name } of [...(this.#dependents.get(owner.metadata.uid)?.values() ?? [])]) {
      const object = store.get(kind, namespace, name);
      if (!object) continue;
      const ownerReferences = object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid) ?? [];
      store.replace(kind, tidied({ ...object, metadata: { ...object.metadata, ownerReferences } }));
    }
    this.#release(resource, owner, ORPHAN_FINALIZER);
  }

  /** Removes a finalizer, and the object with its last one. */
  #release(resource: GroupResource, { metadata }: ApiObject, finalizer: string): void {
    const { store } = this.#backend;
    const current = store.get(resource, metadata.namespace, metadata.name);
    if (current?.metadata.uid !== metadata.uid) return;
    const finalizers = (current.metadata.finalizers ?? []).filter((present) => present !== finalizer);
    if (finalizers.length === 0) store.remove(resource, metadata.namespace, metadata.name);
    else store.replace(resource, { ...current, metadata: { ...current.metadata, finalizers } });
  }

  #delete(key: GroupResource, { metadata }: ApiObject, propagationPolicy: string): void {
    const info = this.#backend.resources.all.find((each) => isSameResource(each, key));
    if (!info) return;
    deleteObject(this.#backend, info, metadata.namespace, metadata.name, { dryRun: false, propagationPolicy });
  }

  #find(uid: string): { resource: GroupResource; object: ApiObject } | undefined {
    const place = this.#places.get(uid);
    const object = place && this.#backend.store.get(place.resource, place.namespace, place.name);
    return object?.metadata.uid === uid && place ? { resource: place.resource, object } : undefined;
  }
}
