/** Lists whose items are told apart by another field than their name, as the API server does. */
const MERGE_KEYS: Readonly<Record<string, string>> = { volumeMounts: "mountPath", volumeDevices: "devicePath" };

type Record_ = Readonly<Record<string, unknown>>;

/**
 * Merges two values as a strategic merge patch would: maps by key, lists of things with a name by that name, texts and numbers by the later one. Lists of things
 * without a name, such as tolerations, are joined; lists of plain values are replaced.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/#notes-on-the-strategic-merge-patch
 *
 * @param field the name of the field that holds them
 */
export function merge(base: unknown, patch: unknown, field = ""): unknown {
  if (patch === undefined) return base;
  if (isMap(base) && isMap(patch)) return mergeMaps(base, patch);
  if (isMapList(base) && isMapList(patch)) return mergeLists(base, patch, mergeKey(field));
  return patch;
}

/** Takes out what a patch said `null` about, as a merge patch does (RFC 7396), once nothing more is merged. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutNulls(each)]));
}

/** The field that tells the items of a list apart. @param field the list's own name */
export function mergeKey(field: string): string {
  return MERGE_KEYS[field] ?? "name";
}

export function isMap(value: unknown): value is Record_ {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isMapList(value: unknown): value is readonly Record_[] {
  return Array.isArray(value) && value.length > 0 && value.every(isMap);
}

function mergeMaps(base: Record_, patch: Record_): Record_ {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) merged[key] = merge(base[key], value, key);
  return merged;
}

function mergeLists(base: readonly Record_[], patch: readonly Record_[], key: string): readonly Record_[] {
  const merged = [...base];
  for (const item of patch) {
    const same = merged.findIndex((each) =>
      item[key] === undefined ? JSON.stringify(each) === JSON.stringify(item) : each[key] === item[key],
    );
    if (same < 0) merged.push(item);
    else merged[same] = mergeMaps(merged[same] ?? {}, item);
  }
  return merged;
}
