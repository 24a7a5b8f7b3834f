import type { ResourceInfo } from "../../job/access.ts";
import type { ObjectMeta } from "../../kube/surface/objects.ts";
import { refuseEscalation } from "../auth/escalation.ts";
import {
  type ApiObject,
  fieldAt,
  type JsonObject,
  metadataOf,
  sameJson,
  systemFields,
  textAt,
  tidied,
  withoutSystemFields,
} from "../objects/api-object.ts";
import { badRequest, conflict, MODIFIED_MEANWHILE } from "../objects/api-status.ts";
import { desiredState, hasGeneration, hasStatusSubresource, normalized } from "../objects/kind-rules.ts";
import { refuseDeletionTime, validateUpdate } from "../objects/validation.ts";
import { managersAfterUpdate, writeManagers } from "../patch/managed-fields.ts";
import { type Backend, namespaceOf, type VerbHandler } from "./backend.ts";
import { managerOf, readObject, readWriteQuery, type WriteOptions } from "./write-request.ts";

/** Replaces an object, or only its status. */
export const updateFromBody: VerbHandler = async (request, backend) => {
  const { resource, info, query } = request;
  const dryRun = readWriteQuery(query, "UpdateOptions");
  const sent = await readObject(request);
  const name = textAt(sent, "metadata", "name") ?? "";
  if (name === "") {
    throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
  }
  if (name !== info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  const namespace = textAt(sent, "metadata", "namespace");
  if (namespace && namespace !== info.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const live = backend.store.mustGet(resource, namespaceOf(request), info.name);
  const manager = managerOf(request, "Update");
  const body = updateObject(backend, resource, live, sent, { dryRun, manager, user: request.user }, info.subresource);
  return { status: 200, body, dryRun };
};

/**
 * Replaces an object.
 *
 * @param subresource `status` changes only the status; empty changes everything else
 * @throws {ApiStatusError} 409 for another version or uid, 422 for a change that the kind forbids
 */
export function updateObject(
  { store }: Backend,
  info: ResourceInfo,
  live: ApiObject,
  desired: JsonObject,
  { dryRun, manager, user }: WriteOptions,
  subresource = "",
): ApiObject {
  refuseOtherVersion(info, live, metadataOf(desired));
  const merged = tidied(mergeInto(info, live, normalized(info, desired), subresource));
  refuseDeletionTime(info, live, metadataOf(desired));
  validateUpdate(info, live, merged);
  refuseEscalation(store, user, info, live.metadata.namespace ?? "", merged);
  const unchanged = sameJson(withoutManagers(live), withoutManagers(merged));
  // An update without changes owns nothing; an apply without changes still owns its fields.
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

/** The new state, with the fields that a client cannot change. */
function mergeInto(info: ResourceInfo, live: ApiObject, desired: JsonObject, subresource: string): ApiObject {
  const parts = subresource === "status" ? statusOnly(live, desired) : withoutStatus(info, live, desired);
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
  if (!hasGeneration(info, merged) || sameJson(desiredState(live), desiredState(merged))) return {};
  return { generation: (live.metadata.generation ?? 0) + 1 };
}

/** The prefix of the API server's storage errors, with the key in etcd. */
function storageError({ resource }: ResourceInfo, { metadata }: ApiObject): string {
  const key = ["", "registry", resource, metadata.namespace, metadata.name].filter((part) => part !== undefined);
  return `StorageError: invalid object, Code: 4, Key: ${key.join("/")}, ResourceVersion: 0, AdditionalErrorMsg: `;
}

function refuseOtherVersion(info: ResourceInfo, live: ApiObject, sent: ObjectMeta): void {
  const { name, uid, resourceVersion } = live.metadata;
  if (sent.uid && sent.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${uid}`;
    throw conflict(info, name, `${storageError(info, live)}${why}`);
  }
  if (sent.resourceVersion && sent.resourceVersion !== resourceVersion) throw conflict(info, name, MODIFIED_MEANWHILE);
}

function statusOnly(live: ApiObject, desired: JsonObject): JsonObject {
  return {
    ...live,
    status: desired.status,
    metadata: { ...live.metadata, managedFields: metadataOf(desired).managedFields ?? [] },
  };
}

function withoutStatus(info: ResourceInfo, live: ApiObject, desired: JsonObject): JsonObject {
  if (!hasStatusSubresource(info)) return desired;
  const { status: _sent, ...rest } = desired;
  return "status" in live ? { ...rest, status: live.status } : rest;
}

/** True if the last finalizer of a terminating object was removed. */
function isReleased(live: ApiObject, next: ApiObject): boolean {
  const held = (live.metadata.finalizers ?? []).length > 0;
  const holds = (next.metadata.finalizers ?? []).length > 0;
  const waiting = Number(fieldAt(next, "metadata", "deletionGracePeriodSeconds") ?? 0) > 0;
  return next.metadata.deletionTimestamp !== undefined && held && !holds && !waiting;
}
