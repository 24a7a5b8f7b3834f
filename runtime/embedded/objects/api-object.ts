import type { KubeObject, ReturnedMeta } from "../../kube/surface/objects.ts";

/** An object as it is stored: frozen by custom, replaced as a whole and never changed in place, so that snapshots and watchers may share it. */
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

/** A deep copy that may be changed. */
export function copyJson<T>(value: T): T {
  return structuredClone(value);
}

/** The present moment as Kubernetes writes it: RFC 3339 with whole seconds. */
export function timestamp(at: number = Date.now()): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
