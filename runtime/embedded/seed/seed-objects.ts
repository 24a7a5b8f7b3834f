import { randomUUID } from "node:crypto";
import type { ResourceInfo } from "../../job/access.ts";
import type { KubeObject } from "../../kube/surface/objects.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, definedResources } from "../controllers/custom-resources.ts";
import { fieldAt, isJsonObject, type JsonObject, textAt } from "../objects/api-object.ts";
import { defaulted, hasGeneration } from "../objects/kind-rules.ts";
import { CONFIG_MAPS, isSameResource, NAMESPACES, ResourceTable } from "../objects/resource-table.ts";
import type { SeedDocument } from "./read-documents.ts";
import { readEntry, type SeedEntry } from "./read-entry.ts";

/** An entry with its new uid. */
type IdentifiedEntry = SeedEntry & { readonly uid: string };

/** How many problems an error lists; the others are counted. */
const MAX_LISTED = 10;

/** Only these are replaced everywhere: a handwritten uid such as `1` could mean anything elsewhere. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Created by the cluster in each namespace; with another cluster's, pods would not trust this API server. */
const OWN_CONFIG_MAP = "kube-root-ca.crt";

/** Metadata that belongs to the cluster of a dump. */
const DROPPED_METADATA = new Set([
  "uid",
  "resourceVersion",
  "managedFields",
  "selfLink",
  "generation",
  "ownerReferences",
]);

/** The distinct namespaces of the documents. */
export function namespacesNamed(documents: readonly SeedDocument[]): string[] {
  const named = documents.flatMap(({ value }) => {
    const isNamespace = textAt(value, "kind") === "Namespace" && textAt(value, "apiVersion") === "v1";
    return textAt(value, "metadata", isNamespace ? "name" : "namespace") ?? [];
  });
  return [...new Set(named)];
}

/**
 * Converts documents, such as the output of `kubectl get -o yaml`, to stored objects: with new uids wherever a document has the old ones, with their status,
 * and with the API server's defaults. CustomResourceDefinitions and Namespaces come first.
 *
 * @param served the resources served without the seed
 * @param namespace of objects without one
 * @throws {RangeError} with every problem and its document
 */
export function seedObjects(
  documents: readonly SeedDocument[],
  served: readonly ResourceInfo[],
  namespace: string,
): KubeObject[] {
  const defined = documents.flatMap(({ value }) => (isDefinition(value) ? definedResources(value) : []));
  const table = new ResourceTable([...served, ...defined]);
  const problems: string[] = [];
  const entries: IdentifiedEntry[] = [];
  for (const document of documents) {
    const read = readEntry(document, table, namespace);
    if ("problems" in read) problems.push(...read.problems.map((problem) => `${document.place}: ${problem}`));
    else entries.push({ ...read, uid: randomUUID() });
  }
  problems.push(...findDuplicates(entries));
  const uids = new Map(entries.map(({ object, uid }) => [textAt(object, "metadata", "uid") ?? "", uid]));
  for (const old of uids.keys()) if (!UUID.test(old)) uids.delete(old);
  const owners = new Owners(entries);
  const objects = entries.filter(isNotOwnConfigMap).map((entry) => {
    const ownerReferences = ownersOf(entry, owners, problems);
    return { info: entry.info, object: completed(entry, ownerReferences, uids) };
  });
  if (problems.length > 0) throw new RangeError(describe(problems));
  objects.sort((left, right) => rank(left.info) - rank(right.info));
  return objects.map(({ object }) => object as KubeObject);
}

function isDefinition(value: unknown): value is JsonObject {
  const group = textAt(value, "apiVersion")?.split("/")[0];
  return textAt(value, "kind") === "CustomResourceDefinition" && group === CUSTOM_RESOURCE_DEFINITIONS.group;
}

function findDuplicates(entries: readonly SeedEntry[]): string[] {
  const places = new Map<string, string>();
  return entries.flatMap(({ place, info, namespace, name }) => {
    const key = [info.group, info.resource, namespace, name].join("/");
    const first = places.get(key);
    if (first !== undefined) return [`${place}: ${info.kind} ${name} is already in ${first}`];
    places.set(key, place);
    return [];
  });
}

function isNotOwnConfigMap({ info, name }: SeedEntry): boolean {
  return !isSameResource(info, CONFIG_MAPS) || name !== OWN_CONFIG_MAP;
}

/** An object's owner references with the new uids. An owner that is not in the seed keeps its uid. */
function ownersOf({ object, place, namespace }: SeedEntry, owners: Owners, problems: string[]): JsonObject[] {
  const references = fieldAt(object, "metadata", "ownerReferences");
  return (Array.isArray(references) ? references.filter(isJsonObject) : []).map((reference) => {
    const uid = owners.newUidOf(reference, namespace);
    if (uid !== undefined) return { ...reference, uid };
    if (reference.uid === undefined) {
      problems.push(`${place}: its owner ${reference.kind} ${reference.name} has no uid and is not in the seed`);
    }
    return reference;
  });
}

/** Finds a seed's objects by owner reference. */
class Owners {
  readonly #byUid = new Map<string, string>();
  readonly #byName = new Map<string, IdentifiedEntry>();

  constructor(entries: readonly IdentifiedEntry[]) {
    for (const entry of entries) {
      const old = textAt(entry.object, "metadata", "uid");
      if (old !== undefined) this.#byUid.set(old, entry.uid);
      this.#byName.set([entry.info.kind, entry.namespace, entry.name].join("/"), entry);
    }
  }

  /** By the old uid or, without one, by kind and name in the dependent's namespace or cluster-scoped. */
  newUidOf({ kind, name, uid }: JsonObject, namespace: string | undefined): string | undefined {
    const known = typeof uid === "string" ? this.#byUid.get(uid) : undefined;
    if (known !== undefined) return known;
    const named = [namespace, undefined].map((place) => this.#byName.get([kind, place, name].join("/")));
    const owner = named.find((entry) => entry !== undefined);
    const isAnother = uid !== undefined && textAt(owner?.object, "metadata", "uid") !== undefined;
    return isAnother ? undefined : owner?.uid;
  }
}

/** The stored form of an object. */
function completed(
  { object, info, name, namespace, uid }: IdentifiedEntry,
  ownerReferences: readonly JsonObject[],
  uids: ReadonlyMap<string, string>,
): JsonObject {
  const { status, metadata, ...rest } = renamed(object, uids);
  const kept = Object.entries(isJsonObject(metadata) ? metadata : {}).filter(
    ([field, value]) => value !== null && !DROPPED_METADATA.has(field),
  );
  const desired = {
    ...rest,
    metadata: {
      ...Object.fromEntries(kept),
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      ...(ownerReferences.length === 0 ? {} : { ownerReferences }),
      ...(hasGeneration(info, object) ? { generation: fieldAt(object, "metadata", "generation") ?? 1 } : {}),
    },
  };
  // `kubectl create --dry-run=client -o yaml` writes an empty status.
  const hasStatus = isJsonObject(status) && Object.keys(status).length > 0;
  return { ...defaulted(info, desired), ...(hasStatus ? { status } : {}) };
}

/** A copy with all old uids replaced: in owner references, labels of Jobs, and the objects of events. */
function renamed<T>(value: T, uids: ReadonlyMap<string, string>): T {
  if (typeof value === "string") return (uids.get(value) ?? value) as T;
  if (Array.isArray(value)) return value.map((item) => renamed(item, uids)) as T;
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, renamed(inner, uids)])) as T;
}

function rank(info: ResourceInfo): number {
  if (isSameResource(info, CUSTOM_RESOURCE_DEFINITIONS)) return 0;
  return isSameResource(info, NAMESPACES) ? 1 : 2;
}

function describe(problems: readonly string[]): string {
  const more = problems.length - MAX_LISTED;
  return [...problems.slice(0, MAX_LISTED), ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}
