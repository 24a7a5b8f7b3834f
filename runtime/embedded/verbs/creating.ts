import { randomInt } from "node:crypto";
import type { ResourceInfo } from "../../job/access.ts";
import type { ObjectMeta } from "../../kube/surface/objects.ts";
import { refuseEscalation } from "../auth/escalation.ts";
import { type ApiObject, type JsonObject, textAt } from "../objects/api-object.ts";
import { ApiStatusError, badRequest, notFound } from "../objects/api-status.ts";
import { defaulted, hasGeneration, hasStatusSubresource } from "../objects/kind-rules.ts";
import { validateName } from "../objects/validation.ts";
import { managersAfterUpdate, writeManagers } from "../patch/managed-fields.ts";
import type { NewObject } from "../storage/object-store.ts";
import type { Backend } from "./backend.ts";
import { metadataOf, tidied, type WriteOptions, withoutSystemFields } from "./write-options.ts";

export const NAMESPACES = { group: "", resource: "namespaces" };

const NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const RANDOM_LETTERS = 5;

function randomSuffix(): string {
  return Array.from({ length: RANDOM_LETTERS }, () => NAME_LETTERS[randomInt(NAME_LETTERS.length)]).join("");
}

/**
 * Creates an object with its defaults.
 *
 * @param namespace that of the request; empty for cluster-scoped resources
 * @throws {ApiStatusError} 400, 404 (namespace), 409 or 422
 */
export function createObject(
  { store }: Backend,
  info: ResourceInfo,
  namespace: string,
  sent: JsonObject,
  { dryRun, manager, user }: WriteOptions,
): ApiObject {
  const wanted = metadataOf(sent);
  const name = wanted.name || (wanted.generateName && `${wanted.generateName}${randomSuffix()}`);
  validateName(info, name);
  if (wanted.resourceVersion) {
    throw new ApiStatusError(500, "", "resourceVersion should not be set on objects to be created");
  }
  if (info.namespaced) requireNamespace(store, namespace, info, name);
  const body = defaulted(info, { ...sent, metadata: { ...wanted, name } });
  const placed = { ...withoutSystemFields(metadataOf(body)), name, ...placeIn(info, namespace, wanted) };
  const generation = hasGeneration(info, body) ? { generation: 1 } : {};
  const bare = { ...body, metadata: { ...placed, ...generation } };
  const owned = manager
    ? { managedFields: writeManagers(managersAfterUpdate(undefined, ownable(info, bare), manager)) }
    : {};
  const object = tidied({ ...bare, metadata: { ...bare.metadata, ...owned } }) as NewObject;
  refuseEscalation(store, user, info, namespace, object);
  if (!dryRun) return store.insert(info, object);
  const existing = store.get(info, placed.namespace, name);
  if (existing) store.insert(info, object);
  return store.prepare(object);
}

/** The status is its controller's from the beginning. */
function ownable(info: ResourceInfo, object: JsonObject): JsonObject {
  if (!hasStatusSubresource(info)) return object;
  const { status: _status, ...rest } = object;
  return rest;
}

function placeIn(info: ResourceInfo, namespace: string, { namespace: own }: ObjectMeta): { namespace?: string } {
  if (!info.namespaced) return {};
  if (own !== undefined && own !== "" && own !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return { namespace };
}

function requireNamespace(store: Backend["store"], namespace: string, info: ResourceInfo, name: string): void {
  const found = store.get(NAMESPACES, undefined, namespace);
  if (!found) throw notFound(NAMESPACES, namespace);
  if (textAt(found, "status", "phase") !== "Terminating") return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const subject = info.group === "" ? info.resource : `${info.resource}.${info.group}`;
  throw new ApiStatusError(403, "Forbidden", `${subject} "${name}" is forbidden: ${why}`, {
    name,
    group: info.group,
    kind: info.resource,
    causes: [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  });
}
