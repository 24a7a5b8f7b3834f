import type { KubeObject, ObjectMeta, ReturnedMeta } from "../../kube/surface/objects.ts";

/** An object as it is stored: replaced as a whole and never changed in place, so that snapshots and watchers can share it. */
export type ApiObject = KubeObject & {
  apiVersion: string;
  kind: string;
  metadata: ReturnedMeta;
  readonly [field: string]: unknown;
};

/** Any JSON object. */
export type JsonObject = { [field: string]: unknown };

/** True for a JSON object: not null, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a field several levels deep; undefined where a level is missing. */
export function fieldAt(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isJsonObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

/** The text at a path, or undefined where there is none or it is something else. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = fieldAt(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** Compares two JSON values by content; the order of an object's fields does not matter. */
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

/** A copy with the numbers that JSON.parse gives, where YAML had integers of more than 53 bits. */
export function withPlainNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(withPlainNumbers);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, withPlainNumbers(inner)]));
}

/** The present moment as Kubernetes writes it: RFC 3339 with whole seconds. */
export function timestamp(at: number = Date.now()): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
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

/** An object without the lists and maps that the API server omits when they are empty. */
export function tidied<T extends { readonly metadata: ObjectMeta }>(object: T): T {
  return { ...withoutEmpty(object), metadata: withoutEmpty(object.metadata) };
}

/** The metadata of what a client sends; empty where it sends none. */
export function metadataOf(object: JsonObject): ObjectMeta {
  return isJsonObject(object.metadata) ? (object.metadata as ObjectMeta) : {};
}

/** Metadata without what only the API server sets. */
export function withoutSystemFields(metadata: ObjectMeta): ObjectMeta {
  const kept = { ...metadata };
  for (const field of SYSTEM_FIELDS) delete kept[field];
  return kept;
}

/** The part of an object's metadata that only the API server sets. */
export function systemFields(metadata: ObjectMeta): ObjectMeta {
  const entries = SYSTEM_FIELDS.map((field) => [field, metadata[field]]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
