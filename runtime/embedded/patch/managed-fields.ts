import { isJsonObject, type JsonObject, sameJson, timestamp } from "../objects/api-object.ts";
import { type FieldPath, type FieldSet, fieldsOf, pathText, valueAtPath } from "./field-paths.ts";

/** An entry of metadata.managedFields. */
export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time: string;
  readonly subresource: string;
  readonly fields: FieldSet;
}

/** The manager of the current write. */
export type ManagerIdentity = Pick<Manager, "name" | "operation" | "apiVersion" | "subresource">;

export function isSameManager(left: ManagerIdentity, right: ManagerIdentity): boolean {
  return left.name === right.name && left.operation === right.operation && left.subresource === right.subresource;
}

export function readManagers(object: JsonObject): Manager[] {
  const metadata = object.metadata;
  const entries = isJsonObject(metadata) ? metadata.managedFields : undefined;
  return (Array.isArray(entries) ? entries : []).filter(isJsonObject).map((entry) => ({
    name: String(entry.manager ?? ""),
    operation: entry.operation === "Apply" ? "Apply" : "Update",
    apiVersion: String(entry.apiVersion ?? ""),
    time: String(entry.time ?? ""),
    subresource: String(entry.subresource ?? ""),
    fields: fromFieldsV1(entry.fieldsV1),
  }));
}

/** Drops managers that own nothing. */
export function writeManagers(managers: readonly Manager[]): JsonObject[] {
  return managers
    .filter(({ fields }) => fields.size > 0)
    .map(({ name, operation, apiVersion, time, subresource, fields }) => ({
      manager: name,
      operation,
      apiVersion,
      time,
      fieldsType: "FieldsV1",
      fieldsV1: toFieldsV1(fields),
      ...(subresource === "" ? {} : { subresource }),
    }));
}

function toFieldsV1(fields: FieldSet): JsonObject {
  const tree: JsonObject = {};
  for (const path of fields.values()) {
    let node = tree;
    for (const step of path) {
      const next = node[step];
      if (isJsonObject(next)) node = next;
      else {
        const created: JsonObject = {};
        node[step] = created;
        node = created;
      }
    }
    // A list item is owned in addition to its fields.
    if (path.at(-1)?.startsWith("k:")) node["."] = {};
  }
  return tree;
}

function fromFieldsV1(tree: unknown): FieldSet {
  const fields = new Map<string, FieldPath>();
  const walk = (node: unknown, path: FieldPath): void => {
    const steps = isJsonObject(node) ? Object.keys(node) : [];
    if (path.length > 0 && (steps.length === 0 || steps.includes("."))) fields.set(pathText(path), path);
    for (const step of steps) if (step !== "." && isJsonObject(node)) walk(node[step], [...path, step]);
  };
  walk(tree, []);
  return fields;
}

/** Set difference. */
export function without(fields: FieldSet, taken: FieldSet): FieldSet {
  return new Map([...fields].filter(([text]) => !taken.has(text)));
}

/** A list item belongs to the manager that added it, even if others change its fields. */
function isChanged(path: FieldPath, before: JsonObject, after: JsonObject): boolean {
  const previous = valueAtPath(before, path);
  return path.at(-1)?.startsWith("k:") ? previous === undefined : !sameJson(previous, valueAtPath(after, path));
}

/**
 * The managers after a create, update or patch: the writer owns what it changed, and removed fields have no owner.
 *
 * @param before absent for a create
 */
export function managersAfterUpdate(
  before: JsonObject | undefined,
  after: JsonObject,
  identity: ManagerIdentity,
): Manager[] {
  const present = fieldsOf(after);
  const changed = new Map([...present].filter(([, path]) => !before || isChanged(path, before, after)));
  const managers = before ? readManagers(before) : [];
  const kept = managers.map((manager) => {
    const lost = isSameManager(manager, identity) ? new Map() : changed;
    const fields = [...manager.fields].filter(([text]) => present.has(text) && !lost.has(text));
    return { ...manager, fields: new Map(fields) };
  });
  const own = kept.find((manager) => isSameManager(manager, identity));
  if (changed.size === 0) return kept;
  const grown = { ...identity, time: timestamp(), fields: new Map([...(own?.fields ?? []), ...changed]) };
  return inPlaceOf(own, grown, kept);
}

/** A manager keeps its position in the list; a new one comes last. */
export function inPlaceOf(before: Manager | undefined, after: Manager, managers: readonly Manager[]): Manager[] {
  if (!before) return [...managers, after];
  return managers.map((manager) => (manager === before ? after : manager));
}
