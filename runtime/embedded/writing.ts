// How objects come into being and change, whichever verb asks for it.
import { randomInt } from "node:crypto";
import type { ResourceInfo } from "../job/access.ts";
import type { ObjectMeta } from "../kube/objects.ts";
import { type ApiObject, fieldAt, isJsonObject, type JsonObject, sameJson, textAt } from "./api-object.ts";
import { ApiStatusError, badRequest, conflict, MODIFIED_MEANWHILE, notFound } from "./api-status.ts";
import type { UserInfo } from "./authentication.ts";
import { refuseEscalation } from "./authorization/escalation.ts";
import type { Backend } from "./backend.ts";
import { defaulted, hasGeneration, hasStatusSubresource, wishOf } from "./kind-rules.ts";
import { type ManagerIdentity, managersAfterUpdate, writeManagers } from "./patch/managed-fields.ts";
import type { NewObject } from "./storage/object-store.ts";
import { validateName, validateUpdate } from "./validation.ts";

export const NAMESPACES = { group: "", resource: "namespaces" };

/** How a change is made. */
export interface WriteOptions {
  readonly dryRun: boolean;
  /** Who writes: nobody may give rights that he does not have. */
  readonly user: UserInfo;
  /** Who owns the fields that change; absent where managedFields are already as they shall be. */
  readonly manager?: ManagerIdentity;
}

const NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const RANDOM_LETTERS = 5;

function randomSuffix(): string {
  return Array.from({ length: RANDOM_LETTERS }, () => NAME_LETTERS[randomInt(NAME_LETTERS.length)]).join("");
}

/**
 * Creates an object with its defaults.
 *
 * @param namespace that of the request; empty for cluster-scoped resources
 * @throws {ApiStatusError} 400, 404 (namespace), 409 or 422
 */
export function createObject(
  { store }: Backend,
  info: ResourceInfo,
  namespace: string,
  sent: JsonObject,
  { dryRun, manager, user }: WriteOptions,
): ApiObject {
  const wanted = metadataOf(sent);
  const name = wanted.name || (wanted.generateName && `${wanted.generateName}${randomSuffix()}`);
  validateName(info, name);
  if (wanted.resourceVersion) {
    throw new ApiStatusError(500, "", "resourceVersion should not be set on objects to be created");
  }
  if (info.namespaced) requireNamespace(store, namespace, info, name);
  const body = defaulted(info, { ...sent, metadata: { ...wanted, name } });
  const placed = { ...freshMetadata(metadataOf(body)), name, ...placeIn(info, namespace, wanted) };
  const generation = hasGeneration(info, body) ? { generation: 1 } : {};
  const bare = { ...body, metadata: { ...placed, ...generation } };
  const owned = manager ? { managedFields: writeManagers(managersAfterUpdate(undefined, bare, manager)) } : {};
  const object = { ...bare, metadata: { ...bare.metadata, ...owned } } as NewObject;
  refuseEscalation(store, user, info, namespace, object);
  if (!dryRun) return store.insert(info, object);
  const existing = store.get(info, placed.namespace, name);
  if (existing) store.insert(info, object);
  return store.prepare(object);
}

function metadataOf(object: JsonObject): ObjectMeta {
  return isJsonObject(object.metadata) ? (object.metadata as ObjectMeta) : {};
}

/** What a creator may not choose is left out. */
function freshMetadata(metadata: ObjectMeta): ObjectMeta {
  const { uid: _uid, creationTimestamp: _at, deletionTimestamp: _gone, generation: _count, ...kept } = metadata;
  return kept;
}

function placeIn(info: ResourceInfo, namespace: string, { namespace: own }: ObjectMeta): { namespace?: string } {
  if (!info.namespaced) return {};
  if (own !== undefined && own !== "" && own !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return { namespace };
}

function requireNamespace(store: Backend["store"], namespace: string, info: ResourceInfo, name: string): void {
  const found = store.get(NAMESPACES, undefined, namespace);
  if (!found) throw notFound(NAMESPACES, namespace);
  if (textAt(found, "status", "phase") !== "Terminating") return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const subject = info.group === "" ? info.resource : `${info.resource}.${info.group}`;
  throw new ApiStatusError(403, "Forbidden", `${subject} "${name}" is forbidden: ${why}`, {
    name,
    group: info.group,
    kind: info.resource,
    causes: [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  });
}

/**
 * Replaces an object by a later form of it, as far as that form may change what it changes.
 *
 * @param subresource `status` changes the status and nothing else; empty changes everything else
 * @throws {ApiStatusError} 409 where the form is of another version or another object, 422 for a change that its kind forbids
 */
export function updateObject(
  { store }: Backend,
  info: ResourceInfo,
  live: ApiObject,
  wished: JsonObject,
  { dryRun, manager, user }: WriteOptions,
  subresource = "",
): ApiObject {
  const metadata = metadataOf(wished);
  const { name } = live.metadata;
  refuseOtherVersion(info, live, metadata);
  const parts = subresource === "status" ? statusOnly(live, wished) : withoutStatus(info, live, wished);
  const system = systemMetadata(live);
  const merged = { ...parts, metadata: { ...metadataOf(parts), ...system } } as ApiObject;
  validateUpdate(info, live, merged);
  refuseEscalation(store, user, info, live.metadata.namespace ?? "", merged);
  const { managedFields: _live, ...liveBare } = live.metadata;
  const { managedFields, resourceVersion: _sent, ...bare } = merged.metadata;
  const unchanged = sameJson(
    { ...live, metadata: liveBare },
    { ...merged, metadata: { ...bare, resourceVersion: live.metadata.resourceVersion } },
  );
  const managers = manager ? writeManagers(managersAfterUpdate(live, merged, manager)) : managedFields;
  if (unchanged && (manager || sameJson(managers, live.metadata.managedFields))) return live;
  const changedWish = hasGeneration(info, merged) && !sameJson(wishOf(live), wishOf(merged));
  const generation = changedWish ? { generation: (live.metadata.generation ?? 0) + 1 } : {};
  const resourceVersion = live.metadata.resourceVersion;
  const next: ApiObject = {
    ...merged,
    metadata: { ...merged.metadata, resourceVersion, ...generation, managedFields: managers ?? [] },
  };
  if (dryRun) return next;
  if (isReleased(live, next)) return store.remove(info, live.metadata.namespace, name);
  return store.replace(info, next);
}

/** What the API server's storage says first, with the key that it has in etcd. */
function storageError({ resource }: ResourceInfo, { metadata }: ApiObject): string {
  const key = ["", "registry", resource, metadata.namespace, metadata.name].filter((part) => part !== undefined);
  return `StorageError: invalid object, Code: 4, Key: ${key.join("/")}, ResourceVersion: 0, AdditionalErrorMsg: `;
}

function refuseOtherVersion(info: ResourceInfo, live: ApiObject, sent: ObjectMeta): void {
  const { name, uid, resourceVersion } = live.metadata;
  if (sent.uid && sent.uid !== uid) {
    throw conflict(
      info,
      name,
      `${storageError(info, live)}Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${uid}`,
    );
  }
  if (sent.resourceVersion && sent.resourceVersion !== resourceVersion) throw conflict(info, name, MODIFIED_MEANWHILE);
}

function statusOnly(live: ApiObject, wished: JsonObject): JsonObject {
  return {
    ...live,
    status: wished.status,
    metadata: { ...live.metadata, managedFields: metadataOf(wished).managedFields ?? [] },
  };
}

function withoutStatus(info: ResourceInfo, live: ApiObject, wished: JsonObject): JsonObject {
  if (!hasStatusSubresource(info)) return wished;
  const { status: _sent, ...rest } = wished;
  return "status" in live ? { ...rest, status: live.status } : rest;
}

/** The metadata that only the API server sets. */
function systemMetadata({ metadata }: ApiObject): Partial<ObjectMeta> {
  const {
    name,
    namespace,
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
    generateName,
  } = metadata;
  const fields = {
    name,
    namespace,
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
    generateName,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** True where the last finalizer of an object under deletion is gone. */
function isReleased(live: ApiObject, next: ApiObject): boolean {
  const held = (live.metadata.finalizers ?? []).length > 0;
  const holds = (next.metadata.finalizers ?? []).length > 0;
  const waiting = Number(fieldAt(next, "metadata", "deletionGracePeriodSeconds") ?? 0) > 0;
  return next.metadata.deletionTimestamp !== undefined && held && !holds && !waiting;
}
