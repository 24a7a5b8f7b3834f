import type { ResourceInfo } from "../../job/access.ts";
import type { ObjectMeta } from "../../kube/surface/objects.ts";
import { refuseEscalation } from "../auth/escalation.ts";
import { type ApiObject, fieldAt, type JsonObject, sameJson } from "../objects/api-object.ts";
import { conflict, MODIFIED_MEANWHILE } from "../objects/api-status.ts";
import { hasGeneration, hasStatusSubresource, normalized, wishOf } from "../objects/kind-rules.ts";
import { refuseDeletionTime, validateUpdate } from "../objects/validation.ts";
import { managersAfterUpdate, writeManagers } from "../patch/managed-fields.ts";
import type { Backend } from "./backend.ts";
import { metadataOf, systemFields, tidied, type WriteOptions, withoutSystemFields } from "./write-options.ts";

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
  refuseOtherVersion(info, live, metadataOf(wished));
  const merged = tidied(mergeInto(info, live, normalized(info, wished), subresource));
  refuseDeletionTime(info, live, metadataOf(wished));
  validateUpdate(info, live, merged);
  refuseEscalation(store, user, info, live.metadata.namespace ?? "", merged);
  const unchanged = sameJson(withoutManagers(live), withoutManagers(merged));
  // An update that changes nothing owns nothing; an apply of the same owns it all the same.
  if (unchanged && (manager || sameJson(merged.metadata.managedFields, live.metadata.managedFields))) return live;
  const managedFields = manager
    ? writeManagers(managersAfterUpdate(live, merged, manager))
    : (merged.metadata.managedFields ?? []);
  const metadata = { ...merged.metadata, ...nextGeneration(info, live, merged), managedFields };
  const next: ApiObject = tidied({ ...merged, metadata });
  if (dryRun) return next;
  if (isReleased(live, next)) return store.remove(info, live.metadata.namespace, live.metadata.name);
  return store.replace(info, next);
}

/** The later form with what it cannot change as it was. */
function mergeInto(info: ResourceInfo, live: ApiObject, wished: JsonObject, subresource: string): ApiObject {
  const parts = subresource === "status" ? statusOnly(live, wished) : withoutStatus(info, live, wished);
  const { name, namespace, generateName, resourceVersion } = live.metadata;
  const metadata = {
    ...withoutSystemFields(metadataOf(parts)),
    ...systemFields(live.metadata),
    name,
    resourceVersion,
    ...(namespace === undefined ? {} : { namespace }),
    ...(generateName === undefined ? {} : { generateName }),
  };
  return { ...parts, metadata } as ApiObject;
}

function withoutManagers(object: ApiObject): JsonObject {
  const { managedFields: _managers, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function nextGeneration(info: ResourceInfo, live: ApiObject, merged: ApiObject): { generation?: number } {
  if (!hasGeneration(info, merged) || sameJson(wishOf(live), wishOf(merged))) return {};
  return { generation: (live.metadata.generation ?? 0) + 1 };
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

/** True where the last finalizer of an object under deletion is gone. */
function isReleased(live: ApiObject, next: ApiObject): boolean {
  const held = (live.metadata.finalizers ?? []).length > 0;
  const holds = (next.metadata.finalizers ?? []).length > 0;
  const waiting = Number(fieldAt(next, "metadata", "deletionGracePeriodSeconds") ?? 0) > 0;
  return next.metadata.deletionTimestamp !== undefined && held && !holds && !waiting;
}
