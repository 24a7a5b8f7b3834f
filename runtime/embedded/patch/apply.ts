import type { StatusCause } from "../../kube/errors/api-error.ts";
import { isJsonObject, type JsonObject, sameJson, timestamp } from "../objects/api-object.ts";
import { ApiStatusError, quote } from "../objects/api-status.ts";
import { type FieldPath, type FieldSet, fieldsOf, removeAtPath, valueAtPath } from "./field-paths.ts";
import {
  inPlaceOf,
  isSameManager,
  type Manager,
  type ManagerIdentity,
  readManagers,
  without,
  writeManagers,
} from "./managed-fields.ts";
import { itemKey, listMergeOf } from "./merge-keys.ts";

interface Conflict {
  readonly manager: Manager;
  readonly path: FieldPath;
}

/**
 * Server-side apply: removes fields that the manager no longer applies; fields that others have set to another value are conflicts.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 *
 * @param live the current object; undefined if the apply creates it
 * @param force takes over conflicting fields
 * @returns the object with its managedFields
 * @throws {ApiStatusError} 409 with one cause per conflict
 */
export function applyConfiguration(
  live: JsonObject | undefined,
  applied: JsonObject,
  identity: ManagerIdentity,
  force: boolean,
): JsonObject {
  const managers = live ? readManagers(live) : [];
  const others = managers.filter((manager) => !isSameManager(manager, identity));
  const wanted = fieldsOf(applied);
  const conflicts = live ? findConflicts(live, applied, wanted, others) : [];
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  const merged = merge("", live ? structuredClone(live) : {}, applied) as JsonObject;
  const before = managers.find((manager) => isSameManager(manager, identity));
  for (const path of abandoned(before, wanted, others)) removeAtPath(merged, path);
  const taken = new Map(conflicts.map(({ path }) => [JSON.stringify(path), path]));
  const unchanged = before !== undefined && live !== undefined && sameJson(merged, live) && sameFields(before, wanted);
  const own = { ...identity, time: unchanged ? before.time : timestamp(), fields: wanted };
  const after = inPlaceOf(before, own, managers).map((manager) =>
    manager === own ? own : { ...manager, fields: without(manager.fields, taken) },
  );
  const metadata = isJsonObject(merged.metadata) ? merged.metadata : {};
  return { ...merged, metadata: { ...metadata, managedFields: writeManagers(after) } };
}

function sameFields(manager: Manager, wanted: FieldSet): boolean {
  return manager.fields.size === wanted.size && without(manager.fields, wanted).size === 0;
}

function findConflicts(
  live: JsonObject,
  applied: JsonObject,
  wanted: FieldSet,
  others: readonly Manager[],
): Conflict[] {
  return others.flatMap((manager) =>
    [...wanted]
      .filter(([text, path]) => manager.fields.has(text) && !isItem(path))
      .filter(([, path]) => !sameJson(valueAtPath(live, path), valueAtPath(applied, path)))
      .map(([, path]) => ({ manager, path })),
  );
}

/** List items can have several owners; only their fields can conflict. */
function isItem(path: FieldPath): boolean {
  return !path.at(-1)?.startsWith("f:");
}

/** Fields that the manager applied last time but not now, and that no one else owns. Items come before their fields, by which they are found. */
function abandoned(before: Manager | undefined, wanted: FieldSet, others: readonly Manager[]): FieldPath[] {
  if (!before) return [];
  const gone = [...without(before.fields, wanted)].filter(([text]) => !others.some(({ fields }) => fields.has(text)));
  return gone.map(([, path]) => path).sort((left, right) => left.length - right.length);
}

function merge(field: string, live: unknown, applied: unknown): unknown {
  if (isJsonObject(applied)) {
    const merged = new Map(Object.entries(isJsonObject(live) ? live : {}));
    for (const [name, value] of Object.entries(applied)) merged.set(name, merge(name, merged.get(name), value));
    return Object.fromEntries(merged);
  }
  if (Array.isArray(applied) && Array.isArray(live)) return mergeList(field, live, applied);
  return applied;
}

function mergeList(field: string, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const kind = listMergeOf(field, live.length > 0 ? live : applied);
  if (kind.by === "nothing") return [...applied];
  if (kind.by === "value") {
    return [...live, ...applied.filter((item) => !live.some((present) => sameJson(present, item)))];
  }
  const merged = [...live];
  for (const item of applied) {
    const key = itemKey(item, kind.keys);
    const at = key === undefined ? -1 : merged.findIndex((present) => itemKey(present, kind.keys) === key);
    if (at < 0) merged.push(item);
    else merged[at] = merge("", merged[at], item);
  }
  return merged;
}

/** Worded as in https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/util/managedfields/internal/conflict.go */
function applyConflict(conflicts: readonly Conflict[]): ApiStatusError {
  const causes: StatusCause[] = conflicts.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${describe(manager)}`,
    field: dotted(path),
  }));
  const [only] = causes;
  if (causes.length === 1 && only) {
    const message = `Apply failed with 1 conflict: ${only.message}: ${only.field}`;
    return new ApiStatusError(409, "Conflict", message, { causes });
  }
  const names = [...new Set(conflicts.map(({ manager }) => describe(manager)))].sort();
  const lines = names.flatMap((name) => [
    `conflicts with ${name}:`,
    ...conflicts.filter(({ manager }) => describe(manager) === name).map(({ path }) => `- ${dotted(path)}`),
  ]);
  const message = `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
  return new ApiStatusError(409, "Conflict", message, { causes });
}

function describe({ name, operation, apiVersion, time, subresource }: Manager): string {
  const who = subresource === "" ? quote(name) : `${quote(name)} with subresource ${quote(subresource)}`;
  return operation === "Apply" ? who : `${who} using ${apiVersion} at ${time}`;
}

/** `.spec.containers[name="app"].image` */
function dotted(path: FieldPath): string {
  const steps = path.map((step) => {
    if (step.startsWith("f:")) return `.${step.slice(2)}`;
    if (step.startsWith("v:")) return `[=${step.slice(2)}]`;
    const keys = Object.entries(JSON.parse(step.slice(2)) as JsonObject);
    return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
  });
  return steps.join("");
}
