import { isJsonObject, type JsonObject, sameJson } from "../objects/api-object.ts";
import { badRequest } from "../objects/api-status.ts";
import { itemKey, listMergeOf } from "./merge-keys.ts";

/** Applies a JSON Merge Patch: objects merge, null removes, everything else replaces. https://www.rfc-editor.org/rfc/rfc7386 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const base = isJsonObject(target) ? target : {};
  const merged = new Map(Object.entries(base));
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) merged.delete(field);
    else merged.set(field, applyMergePatch(merged.get(field), value));
  }
  return Object.fromEntries(merged) satisfies JsonObject;
}

const DIRECTIVE = "$patch";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList/";
const RETAIN_KEYS = "$retainKeys";
/** kubectl sends the order; it is ignored here. */
const ORDER = "$setElementOrder/";

/**
 * Applies a strategic merge patch: like a merge patch, but common lists merge by keys, and directives delete or replace.
 * https://github.com/kubernetes/design-proposals-archive/blob/main/cli/preserve-order-in-strategic-merge-patch.md
 *
 * @returns a changed copy
 * @throws {ApiStatusError} 400 for an unknown directive
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
  if (merge.by === "value") return interleave(target, items, (item) => JSON.stringify(item));
  return mergeKeyed(target, items, merge.keys);
}

/** `[{ "$patch": "replace" }, …]` replaces the whole list. */
function isReplaceMarker(item: unknown): boolean {
  return isJsonObject(item) && item[DIRECTIVE] === "replace" && Object.keys(item).length === 1;
}

/** Strategic merge compares only the first key: port 53 of a Service over UDP and over TCP is the same item. */
function mergeKeyed(target: readonly unknown[], patch: readonly unknown[], keys: readonly string[]): unknown[] {
  const keyOf = (item: unknown): string => itemKey(item, keys.slice(0, 1)) ?? "";
  const isDeletion = (item: unknown): boolean => isJsonObject(item) && item[DIRECTIVE] === "delete";
  const deleted = new Set(patch.filter(isDeletion).map(keyOf));
  const present = target.filter((item) => !deleted.has(keyOf(item)));
  const merged = patch
    .filter((item) => !isDeletion(item))
    .map((item) => {
      const before = present.find((candidate) => keyOf(candidate) === keyOf(item));
      return before === undefined ? withoutDirectives(item) : mergeValue("", before, item);
    });
  return interleave(present, merged, keyOf);
}

/**
 * Merges the items of a patch into the existing ones. Both keep their order; an existing item keeps its position, and a new one
 * comes before those that follow its neighbors. https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/strategicpatch/patch.go
 */
function interleave(
  present: readonly unknown[],
  patched: readonly unknown[],
  keyOf: (item: unknown) => string,
): unknown[] {
  const places = new Map(present.map((item, index) => [keyOf(item), index]));
  const patchedKeys = new Set(patched.map(keyOf));
  const untouched = present.filter((item) => !patchedKeys.has(keyOf(item)));
  const merged: unknown[] = [];
  for (const item of patched) {
    const place = places.get(keyOf(item));
    while (place !== undefined && untouched.length > 0 && (places.get(keyOf(untouched[0])) ?? 0) < place) {
      merged.push(untouched.shift());
    }
    merged.push(item);
  }
  return [...merged, ...untouched];
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
