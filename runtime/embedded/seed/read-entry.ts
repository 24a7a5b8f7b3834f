import type { ResourceInfo } from "../../job/access.ts";
import { apiVersionOf } from "../../kube/requests/resource.ts";
import { fieldAt, isJsonObject, type JsonObject } from "../objects/api-object.ts";
import { ApiStatusError } from "../objects/api-status.ts";
import type { ResourceTable } from "../objects/resource-table.ts";
import { validateName } from "../objects/validation.ts";
import type { SeedDocument } from "./read-documents.ts";

export interface SeedEntry {
  readonly place: string;
  readonly info: ResourceInfo;
  readonly name: string;
  /** Undefined for a cluster-scoped object. */
  readonly namespace: string | undefined;
  readonly object: JsonObject;
}

/**
 * Validates an object as the API server would on create, within the rules of the embedded API.
 *
 * @param defaultNamespace of an object without one
 * @returns the object, or its problems
 */
export function readEntry(
  { place, value }: SeedDocument,
  table: ResourceTable,
  defaultNamespace: string,
): SeedEntry | { readonly problems: string[] } {
  if (!isJsonObject(value)) return { problems: ["is not an object"] };
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return { problems: ["needs apiVersion and kind"] };
  const info = table.ofKind(apiVersion, kind);
  if (!info) return { problems: [unknownKind(apiVersion, kind, table)] };
  if (!isJsonObject(metadata)) return { problems: [`${kind} needs metadata`] };
  const problems = metadataProblems(info, metadata);
  if (problems.length > 0) return { problems: problems.map((problem) => `${kind} ${metadata.name}: ${problem}`) };
  const namespace = info.namespaced ? ((metadata.namespace as string | undefined) ?? defaultNamespace) : undefined;
  return { place, info, name: String(metadata.name), namespace, object: value };
}

function unknownKind(apiVersion: string, kind: string, table: ResourceTable): string {
  const [other] = table.all.filter((info) => info.kind === kind);
  const why = `the embedded API does not serve ${kind} of ${apiVersion}`;
  if (other !== undefined) return `${why}, only of ${apiVersionOf(other)}`;
  return `${why}: add its CustomResourceDefinition to the seed`;
}

/** Errors that the API server would report. */
function metadataProblems(info: ResourceInfo, metadata: JsonObject): string[] {
  const { name, namespace, labels, annotations, finalizers, ownerReferences, creationTimestamp } = metadata;
  const owners = ownerReferences ?? [];
  const time = creationTimestamp ?? undefined;
  return [
    ...(typeof name === "string" ? nameProblems(info, name) : ["metadata.name must be a string"]),
    ...(namespace === undefined || (typeof namespace === "string" && namespace !== "")
      ? []
      : ["metadata.namespace must be a string"]),
    ...(info.namespaced || namespace === undefined ? [] : ["is cluster-scoped: it has no metadata.namespace"]),
    ...textMapProblems("labels", labels),
    ...textMapProblems("annotations", annotations),
    ...(isTextList(finalizers ?? []) ? [] : ["metadata.finalizers must be a list of strings"]),
    ...(Array.isArray(owners) && owners.every(isOwner)
      ? []
      : ["metadata.ownerReferences must be a list of apiVersion, kind and name"]),
    ...(time === undefined || (typeof time === "string" && !Number.isNaN(Date.parse(time)))
      ? []
      : ["metadata.creationTimestamp must be a time, such as 2026-01-31T12:00:00Z"]),
  ];
}

function nameProblems(info: ResourceInfo, name: string): string[] {
  try {
    validateName(info, name);
    return [];
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error;
    return error.body.details?.causes?.map(({ field, message }) => `${field}: ${message}`) ?? [error.message];
  }
}

/** Unquoted `true` and `1` are not strings in YAML. */
function textMapProblems(field: string, value: unknown): string[] {
  const entries = value === undefined || value === null ? {} : value;
  if (!isJsonObject(entries)) return [`metadata.${field} must be a map of strings`];
  return Object.entries(entries)
    .filter(([, text]) => typeof text !== "string")
    .map(([key, text]) => `metadata.${field}["${key}"] must be a string: write "${String(text)}" in quotes`);
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isOwner(value: unknown): boolean {
  return ["apiVersion", "kind", "name"].every((field) => typeof fieldAt(value, field) === "string");
}
