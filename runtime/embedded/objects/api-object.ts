import type { KubeObject, ObjectMeta, ReturnedMeta } from "../../kube/surface/objects.ts";

/** A stored object. Immutable, so that snapshots and watchers can share it. */
export type ApiObject = KubeObject & {
  apiVersion: string;
  kind: string;
  metadata: ReturnedMeta;
  readonly [field: string]: unknown;
};

/** Any JSON object. */
export type JsonObject = { [field: string]: unknown };

/** True for an object that is not null and not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a nested field; undefined if a level is missing. */
export function fieldAt(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isJsonObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

/** The string at a path; undefined for anything else. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = fieldAt(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** Deep equality of JSON values, regardless of the order of fields. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => sameJson(item, right[index]));
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]))
  );
}

/** A copy with bigint (from YAML) converted to numbers, as JSON.parse would. */
export function withPlainNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(withPlainNumbers);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, withPlainNumbers(inner)]));
}

/** The current time in Kubernetes' format: RFC 3339 with whole seconds. */
export function timestamp(at: number = Date.now()): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** Metadata that only the API server sets. */
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

/** Drops the lists and maps that the API server omits when empty. */
export function tidied<T extends { readonly metadata: ObjectMeta }>(object: T): T {
  return { ...withoutEmpty(object), metadata: withoutEmpty(object.metadata) };
}

/** The metadata of a client's object; empty if missing. */
export function metadataOf(object: JsonObject): ObjectMeta {
  return isJsonObject(object.metadata) ? (object.metadata as ObjectMeta) : {};
}

/** Metadata without the fields that only the API server sets. */
export function withoutSystemFields(metadata: ObjectMeta): ObjectMeta {
  const kept = { ...metadata };
  for (const field of SYSTEM_FIELDS) delete kept[field];
  return kept;
}

/** Only the metadata that the API server sets. */
export function systemFields(metadata: ObjectMeta): ObjectMeta {
  const entries = SYSTEM_FIELDS.map((field) => [field, metadata[field]]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
