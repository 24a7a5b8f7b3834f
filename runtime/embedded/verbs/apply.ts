import { isJsonObject, type JsonObject, textAt } from "../objects/api-object.ts";
import { badRequest, invalid } from "../objects/api-status.ts";
import { refuseOtherUid } from "../objects/validation.ts";
import { applyConfiguration } from "../patch/apply.ts";
import { namespaceOf, type VerbHandler } from "./backend.ts";
import { createObject } from "./creating.ts";
import { updateObject } from "./updating.ts";
import { metadataOf } from "./write-options.ts";
import { managerOf, readApplied, readWriteQuery } from "./write-request.ts";

/** Applies a configuration server-side: creates the object where there is none. */
export const applyFromBody: VerbHandler = async (request, backend) => {
  const { info, resource, query, user } = request;
  const dryRun = readWriteQuery(query, "PatchOptions");
  if (!query.get("fieldManager")) {
    const message = "Required value: is required for apply patch";
    throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", [
      { reason: "FieldValueRequired", message, field: "fieldManager" },
    ]);
  }
  const applied = await readApplied(request);
  refuseManagedFields(applied);
  const name = textAt(applied, "metadata", "name") ?? "";
  if (name !== info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  const live = backend.store.get(resource, namespaceOf(request), info.name);
  const merged = applyConfiguration(live, applied, managerOf(request, "Apply"), query.get("force") === "true");
  if (!live) {
    const created = createObject(backend, resource, info.namespace, withoutVersion(merged), { dryRun, user });
    return { status: 201, body: created, dryRun };
  }
  refuseOtherUid(resource, live, metadataOf(applied));
  const updated = updateObject(backend, resource, live, merged, { dryRun, user }, info.subresource);
  return { status: 200, body: updated, dryRun };
};

function refuseManagedFields({ metadata }: JsonObject): void {
  if (isJsonObject(metadata) && Array.isArray(metadata.managedFields)) {
    throw badRequest("metadata.managedFields must be nil");
  }
}

/** An object that is not there yet has no version that could be meant. */
function withoutVersion(object: JsonObject): JsonObject {
  const { resourceVersion: _version, ...metadata } = metadataOf(object);
  return { ...object, metadata };
}
