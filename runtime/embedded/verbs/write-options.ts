import type { ObjectMeta } from "../../kube/surface/objects.ts";
import type { UserInfo } from "../auth/authentication.ts";
import { isJsonObject, type JsonObject } from "../objects/api-object.ts";
import type { ManagerIdentity } from "../patch/managed-fields.ts";

/** How a change is made. */
export interface WriteOptions {
  readonly dryRun: boolean;
  /** Who writes: nobody may give rights that he does not have. */
  readonly user: UserInfo;
  /** Who owns the fields that change; absent where managedFields are already as they shall be. */
  readonly manager?: ManagerIdentity;
}

/** The metadata that only the API server sets. */
const SYSTEM_FIELDS = [
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "generation",
] as const;

const OMITTED_WHEN_EMPTY = new Set([
  "data",
  "binaryData",
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
  "managedFields",
]);

function withoutEmpty<T extends object>(fields: T): T {
  const entries = Object.entries(fields).filter(([name, value]) => !OMITTED_WHEN_EMPTY.has(name) || !isEmpty(value));
  return Object.fromEntries(entries) as T;
}

function isEmpty(value: unknown): boolean {
  return typeof value !== "object" || value === null || Object.keys(value).length === 0;
}

/** An object without the lists and maps that the API server leaves out when nothing is in them. */
export function tidied<T extends { readonly metadata: ObjectMeta }>(object: T): T {
  return { ...withoutEmpty(object), metadata: withoutEmpty(object.metadata) };
}

/** The metadata of what somebody sends; empty where he sends none. */
export function metadataOf(object: JsonObject): ObjectMeta {
  return isJsonObject(object.metadata) ? (object.metadata as ObjectMeta) : {};
}

/** Metadata without what only the API server sets. */
export function withoutSystemFields(metadata: ObjectMeta): ObjectMeta {
  const kept = { ...metadata };
  for (const field of SYSTEM_FIELDS) delete kept[field];
  return kept;
}

/** Of an object that is there, what only the API server sets. */
export function systemFields(metadata: ObjectMeta): ObjectMeta {
  const entries = SYSTEM_FIELDS.map((field) => [field, metadata[field]]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
