// The fields that an object sets, for server-side apply.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
import { isJsonObject, type JsonObject, sameJson } from "../objects/api-object.ts";
import { itemKeyValues, listMergeOf } from "./merge-keys.ts";

/** Steps from the object to a field: `f:spec`, `k:{"name":"app"}` for the item of a list, `v:"text"` for a value in a set. */
export type FieldPath = readonly string[];

/** Fields by the text of their path. */
export type FieldSet = ReadonlyMap<string, FieldPath>;

const IDENTITY_FIELDS = new Set([
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
]);

/** A path as a string, for comparison. */
export function pathText(path: FieldPath): string {
  return JSON.stringify(path);
}

/** All fields that a manager can own: everything but the object's identity. */
export function fieldsOf(object: JsonObject): FieldSet {
  const fields = new Map<string, FieldPath>();
  for (const [name, value] of Object.entries(object)) {
    if (name === "apiVersion" || name === "kind") continue;
    collect(fields, [`f:${name}`], name, name === "metadata" ? ownableMetadata(value) : value);
  }
  return fields;
}

function ownableMetadata(metadata: unknown): unknown {
  if (!isJsonObject(metadata)) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !IDENTITY_FIELDS.has(name)));
}

function collect(fields: Map<string, FieldPath>, path: FieldPath, name: string, value: unknown): void {
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    for (const [field, inner] of Object.entries(value)) collect(fields, [...path, `f:${field}`], field, inner);
    return;
  }
  const steps = Array.isArray(value) ? itemSteps(name, value) : undefined;
  if (!steps) {
    // An empty metadata has no owner.
    if (!(path.length === 1 && isJsonObject(value))) fields.set(pathText(path), path);
    return;
  }
  for (const { step, item } of steps) {
    const itemPath = [...path, step];
    fields.set(pathText(itemPath), itemPath);
    if (isJsonObject(item)) {
      for (const [field, inner] of Object.entries(item)) collect(fields, [...itemPath, `f:${field}`], field, inner);
    }
  }
}

interface ItemStep {
  readonly step: string;
  readonly item: unknown;
}

/** The steps to a list's items; undefined for a list that is owned as a whole. */
function itemSteps(name: string, items: readonly unknown[]): ItemStep[] | undefined {
  const merge = listMergeOf(name, items);
  if (merge.by === "nothing") return undefined;
  if (merge.by === "value") return items.map((item) => ({ step: `v:${JSON.stringify(item)}`, item }));
  const steps: ItemStep[] = [];
  for (const item of items) {
    const key = itemKeyValues(item, merge.keys);
    if (!key) return undefined;
    steps.push({ step: `k:${JSON.stringify(key)}`, item });
  }
  return steps;
}

/** The index or field of a step; undefined if not found. */
function locate(value: unknown, step: string): { holder: unknown[] | JsonObject; at: number | string } | undefined {
  const rest = step.slice(2);
  if (step.startsWith("f:")) {
    return isJsonObject(value) && Object.hasOwn(value, rest) ? { holder: value, at: rest } : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const wanted: unknown = JSON.parse(rest);
  const at = value.findIndex((item) =>
    step.startsWith("v:") ? sameJson(item, wanted) : isJsonObject(wanted) && hasKeys(item, wanted),
  );
  return at < 0 ? undefined : { holder: value, at };
}

function hasKeys(item: unknown, wanted: JsonObject): boolean {
  const values = itemKeyValues(item, Object.keys(wanted));
  return values !== undefined && sameJson(values, wanted);
}

/** The value at a path, or undefined. */
export function valueAtPath(object: unknown, path: FieldPath): unknown {
  let value = object;
  for (const step of path) {
    const found = locate(value, step);
    if (!found) return undefined;
    value = Array.isArray(found.holder) ? found.holder[Number(found.at)] : found.holder[found.at];
  }
  return value;
}

/** Removes the field at a path, in place. */
export function removeAtPath(object: unknown, path: FieldPath): void {
  const last = path.at(-1);
  if (last === undefined) return;
  const found = locate(valueAtPath(object, path.slice(0, -1)), last);
  if (!found) return;
  if (Array.isArray(found.holder)) found.holder.splice(Number(found.at), 1);
  else delete found.holder[found.at];
}
