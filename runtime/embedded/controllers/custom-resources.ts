import { fieldAt, isJsonObject, type JsonObject, textAt, timestamp } from "../objects/api-object.ts";
import { type GroupResource, isSameResource, type ServedResource } from "../objects/resource-table.ts";
import type { StoreEvent } from "../storage/object-store.ts";
import type { Backend } from "../verbs/backend.ts";

export const CUSTOM_RESOURCE_DEFINITIONS: GroupResource = {
  group: "apiextensions.k8s.io",
  resource: "customresourcedefinitions",
};

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const SUBRESOURCE_VERBS = ["get", "patch", "update"];

/**
 * Serves the resources of CustomResourceDefinitions, without their schemas: objects are stored as sent.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 *
 * @returns stops it
 */
export function serveCustomResources(backend: Backend): () => void {
  const { store, resources, deferred } = backend;
  /** Name of a definition → the resources it added, without those that were already served. */
  const served = new Map<string, readonly ServedResource[]>();
  return store.events.listen(({ type, resource, object }) => {
    if (!isSameResource(resource, CUSTOM_RESOURCE_DEFINITIONS)) return;
    const { name } = object.metadata;
    const before = served.get(name) ?? [];
    served.set(name, resources.replace(before, type === "DELETED" ? [] : definedResources(object)));
    if (type === "DELETED") for (const defined of before) removeAll(backend, defined);
    if (type === "ADDED") deferred.run(0, () => establish(backend, object));
  });
}

/** The resources of a CustomResourceDefinition: one per served version. */
export function definedResources(definition: JsonObject): ServedResource[] {
  const spec = isJsonObject(definition.spec) ? definition.spec : {};
  const [group, kind, resource] = [
    textAt(spec, "group"),
    textAt(spec, "names", "kind"),
    textAt(spec, "names", "plural"),
  ];
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isJsonObject) : [];
  if (group === undefined || kind === undefined || resource === undefined) return [];
  return versions
    .filter(({ served }) => served === true)
    .map((version) => ({
      group,
      version: String(version.name),
      kind,
      resource,
      namespaced: spec.scope === "Namespaced",
      verbs: VERBS,
      subresources: subresourcesOf(version),
      shortNames: shortNamesOf(spec),
    }));
}

function subresourcesOf(version: JsonObject): Record<string, string[]> {
  const subresources = isJsonObject(version.subresources) ? Object.keys(version.subresources) : [];
  return Object.fromEntries(subresources.map((name) => [name, SUBRESOURCE_VERBS]));
}

function shortNamesOf(spec: JsonObject): string[] {
  const names = fieldAt(spec, "names", "shortNames");
  return Array.isArray(names) ? names.map(String) : [];
}

/** For `kubectl wait --for=condition=Established`. */
function establish({ store }: Backend, { metadata }: StoreEvent["object"]): void {
  const current = store.get(CUSTOM_RESOURCE_DEFINITIONS, undefined, metadata.name);
  if (current?.metadata.uid !== metadata.uid) return;
  const versions = fieldAt(current, "spec", "versions");
  const stored = (Array.isArray(versions) ? versions : []).filter((version) => fieldAt(version, "storage") === true);
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: "True",
    lastTransitionTime: timestamp(),
    reason,
    message,
  });
  const status = {
    conditions: [
      condition("NamesAccepted", "NoConflicts", "no conflicts found"),
      condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ],
    acceptedNames: fieldAt(current, "spec", "names"),
    storedVersions: stored.map((version) => fieldAt(version, "name")),
  };
  store.replace(CUSTOM_RESOURCE_DEFINITIONS, { ...current, status });
}

function removeAll({ store }: Backend, defined: GroupResource): void {
  for (const { metadata } of store.all(defined)) store.remove(defined, metadata.namespace, metadata.name);
}
