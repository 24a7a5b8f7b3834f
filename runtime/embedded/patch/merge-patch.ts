import { isJsonObject, type JsonObject } from "../objects/api-object.ts";

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
