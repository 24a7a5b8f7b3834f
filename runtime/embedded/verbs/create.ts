import { randomInt } from "node:crypto";
import type { ResourceInfo } from "../../job/access.ts";
import { resourceText } from "../../kube/errors/kube-error.ts";
import type { ObjectMeta } from "../../kube/surface/objects.ts";
import { refuseEscalation } from "../auth/escalation.ts";
import {
  type ApiObject,
  type JsonObject,
  metadataOf,
  textAt,
  tidied,
  withoutSystemFields,
} from "../objects/api-object.ts";
import { ApiStatusError, alreadyExists, badRequest, notFound } from "../objects/api-status.ts";
import { defaulted, hasGeneration, hasStatusSubresource } from "../objects/kind-rules.ts";
import { NAMESPACES } from "../objects/resource-table.ts";
import { validateName } from "../objects/validation.ts";
import { managersAfterUpdate, writeManagers } from "../patch/managed-fields.ts";
import type { NewObject } from "../storage/object-store.ts";
import type { Backend, VerbHandler } from "./backend.ts";
import { managerOf, readObject, readWriteQuery, type WriteOptions } from "./write-request.ts";

export const createFromBody: VerbHandler = async (request, backend) => {
  const { resource, info, query, user } = request;
  const dryRun = readWriteQuery(query, "CreateOptions");
  const sent = await readObject(request);
  const manager = managerOf(request, "Update");
  const body = createObject(backend, resource, info.namespace, sent, { dryRun, manager, user });
  return { status: 201, body, dryRun };
};

/**
 * Creates an object with its defaults.
 *
 * @param namespace the request's; empty for cluster-scoped resources
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
  if (store.get(info, placed.namespace, name)) throw alreadyExists(info, name);
  return store.prepare(object);
}

const NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const RANDOM_LETTERS = 5;

function randomSuffix(): string {
  return Array.from({ length: RANDOM_LETTERS }, () => NAME_LETTERS[randomInt(NAME_LETTERS.length)]).join("");
}

/** Without the status, which belongs to its controller. */
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
  throw new ApiStatusError(403, "Forbidden", `${resourceText(info)} "${name}" is forbidden: ${why}`, {
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
