/** Lists whose items the API server identifies by another field than their name. */
const MERGE_KEYS: Readonly<Record<string, string>> = { volumeMounts: "mountPath", volumeDevices: "devicePath" };

type Record_ = Readonly<Record<string, unknown>>;

/**
 * Merges two values as a strategic merge patch would: maps by key, lists of named items by name; of other values the later one wins. Lists of unnamed items, such as
 * tolerations, are joined; lists of plain values are replaced.
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

/** Removes what a patch set to `null`, as a merge patch does (RFC 7396), once everything is merged. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutNulls(each)]));
}

/** The field that identifies the items of a list. @param field the list's own name */
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

/** Values from one place. */
export interface Layer {
  /** Such as `errand.config.ts`, or a flag. */
  readonly source: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** One resulting value, and where it comes from. */
export interface Origin {
  /** Such as `pod.spec.nodeSelector.disk`, or `pod.spec.volumes[cache].emptyDir`. */
  readonly path: string;
  readonly value: unknown;
  readonly source: string;
}

/** Says which layer each value comes from. @param layers a later one wins */
export function originsOf(layers: readonly Layer[]): Origin[] {
  const origins = new Map<string, Origin>();
  for (const { source, values } of layers) {
    for (const [path, value] of leavesOf(values, "")) origins.set(path, { path, value, source });
  }
  return [...origins.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Every value that is merged as a whole. */
function leavesOf(value: unknown, path: string, field = ""): [string, unknown][] {
  if (value === undefined) return [];
  if (isMap(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, each]) => leavesOf(each, path === "" ? key : `${path}.${key}`, key));
  }
  if (!isMapList(value)) return [[path, value]];
  const key = mergeKey(field);
  return value.flatMap((item) => {
    const { [key]: name, ...rest } = item;
    if (typeof name !== "string") return [[`${path}[${JSON.stringify(item)}]`, item] as [string, unknown]];
    return leavesOf(Object.keys(rest).length === 0 ? name : rest, `${path}[${name}]`);
  });
}
