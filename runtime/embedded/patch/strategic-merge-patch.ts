import { isJsonObject, type JsonObject, sameJson } from "../api-object.ts";
import { badRequest } from "../api-status.ts";
import { itemKey, listMergeOf } from "./merge-keys.ts";

const DIRECTIVE = "$patch";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList/";
const RETAIN_KEYS = "$retainKeys";
/** kubectl sends the wished order; items keep the order in which they are here. */
const ORDER = "$setElementOrder/";

/**
 * Applies a strategic merge patch: as a merge patch, but the common lists merge by their keys, and directives delete or replace.
 * https://github.com/kubernetes/design-proposals-archive/blob/main/cli/preserve-order-in-strategic-merge-patch.md
 *
 * @returns the changed copy
 * @throws {ApiStatusError} 400 for a directive that does not exist
 */
export function applyStrategicMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) throw badRequest("error decoding patch: a strategic merge patch is an object");
  return mergeObject(isJsonObject(target) ? target : {}, patch);
}

function mergeObject(target: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === "replace") return withoutDirectives<JsonObject>(patch);
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge") {
    throw badRequest(`Unknown patch type found: ${String(directive)}`);
  }
  const merged = new Map(Object.entries(target));
  for (const [field, value] of Object.entries(patch)) {
    if (field.startsWith(DELETE_FROM_LIST)) deleteValues(merged, field.slice(DELETE_FROM_LIST.length), value);
    else if (field === RETAIN_KEYS) retain(merged, value);
    else if (field === DIRECTIVE || field.startsWith(ORDER)) continue;
    else if (value === null) merged.delete(field);
    else merged.set(field, mergeValue(field, merged.get(field), value));
  }
  return Object.fromEntries(merged);
}

function mergeValue(field: string, target: unknown, patch: unknown): unknown {
  if (isJsonObject(patch)) return mergeObject(isJsonObject(target) ? target : {}, patch);
  if (Array.isArray(patch)) return mergeList(field, Array.isArray(target) ? target : [], patch);
  return patch;
}

function mergeList(field: string, target: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const items = patch.filter((item) => !isReplaceMarker(item));
  if (items.length < patch.length) return items.map(withoutDirectives);
  const merge = listMergeOf(field, target.length > 0 ? target : items);
  if (merge.by === "nothing") return [...items];
  if (merge.by === "value") {
    return [...target, ...items.filter((item) => !target.some((present) => sameJson(present, item)))];
  }
  return mergeKeyed(target, items, merge.keys);
}

/** `[{ "$patch": "replace" }, …]` replaces the whole list. */
function isReplaceMarker(item: unknown): boolean {
  return isJsonObject(item) && item[DIRECTIVE] === "replace" && Object.keys(item).length === 1;
}

/** Strategic merge goes by the first key alone: a Service's port 53 over UDP and over TCP are one item to it. */
function mergeKeyed(target: readonly unknown[], patch: readonly unknown[], keys: readonly string[]): unknown[] {
  const firstKey = keys.slice(0, 1);
  const merged = [...target];
  for (const item of patch) {
    const key = itemKey(item, firstKey);
    const at = key === undefined ? -1 : merged.findIndex((present) => itemKey(present, firstKey) === key);
    if (isJsonObject(item) && item[DIRECTIVE] === "delete") {
      if (at >= 0) merged.splice(at, 1);
    } else if (at >= 0) merged[at] = mergeValue("", merged[at], item);
    else merged.push(withoutDirectives(item));
  }
  return merged;
}

function deleteValues(merged: Map<string, unknown>, field: string, values: unknown): void {
  const present = merged.get(field);
  if (!Array.isArray(present) || !Array.isArray(values)) return;
  merged.set(
    field,
    present.filter((item) => !values.some((value) => sameJson(item, value))),
  );
}

function retain(merged: Map<string, unknown>, kept: unknown): void {
  if (!Array.isArray(kept)) return;
  for (const field of [...merged.keys()]) if (!kept.includes(field)) merged.delete(field);
}

function withoutDirectives<T>(value: T): T | JsonObject {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([field]) => !field.startsWith("$")));
}
