import { isMap, isMapList, mergeKey } from "./merge.ts";

/** Values from one place. */
export interface Layer {
  /** Such as `errand.config.ts`, or a flag. */
  readonly source: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** One value that is in force, and where it comes from. */
export interface Origin {
  /** Such as `pod.spec.nodeSelector.disk`, or `pod.spec.volumes[cache].emptyDir`. */
  readonly path: string;
  readonly value: unknown;
  readonly source: string;
}

/** Says for each value which layer it comes from. @param layers a later one wins */
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
