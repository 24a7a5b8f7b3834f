import type { ResourceInfo } from "../../job/access.ts";
import { type ApiObject, isJsonObject, type JsonObject, metadataOf, textAt } from "../objects/api-object.ts";
import { ApiStatusError, badRequest, invalid } from "../objects/api-status.ts";
import { refuseOtherUid } from "../objects/validation.ts";
import { applyConfiguration } from "../patch/apply.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import { applyMergePatch, applyStrategicMergePatch } from "../patch/merge-patch.ts";
import { type ApiAnswer, type ApiRequest, type Backend, namespaceOf, type VerbHandler } from "./backend.ts";
import { createObject } from "./create.ts";
import { updateObject } from "./update.ts";
import { managerOf, mediaTypeOf, readApplied, readWriteQuery } from "./write-request.ts";

const APPLY = "application/apply-patch+yaml";

/** By media type. */
const PATCHES: Readonly<Record<string, (live: unknown, patch: unknown) => unknown>> = {
  "application/json-patch+json": applyJsonPatch,
  "application/merge-patch+json": mergePatch,
  "application/strategic-merge-patch+json": applyStrategicMergePatch,
};

function mergePatch(live: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch))
    throw badRequest(
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    );
  return applyMergePatch(live, patch);
}

/** Patches an object; the media type tells the patch type. */
export const patchFromBody: VerbHandler = async (request, backend) => {
  const { info, resource, query } = request;
  const mediaType = mediaTypeOf(request);
  if (mediaType === APPLY) return applyFromBody(request, backend);
  const dryRun = readWriteQuery(query, "PatchOptions");
  if (query.has("force")) throw forceRefused();
  const change = PATCHES[mediaType];
  if (!change) throw new ApiStatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  const patch = parsePatch(await request.readBody());
  const live = backend.store.mustGet(resource, namespaceOf(request), info.name);
  const changed = change(live, patch);
  if (!isJsonObject(changed)) throw badRequest("the patch leaves no object");
  refuseOtherIdentity(resource, live, changed);
  const manager = managerOf(request, "Update");
  const options = { dryRun, manager, user: request.user };
  const body = updateObject(backend, resource, live, changed, options, info.subresource);
  return { status: 200, body, dryRun };
};

function parsePatch(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest("invalid JSON patch");
  }
}

/** A patch may contain the object's own name and namespace, but no others. */
function refuseOtherIdentity(resource: ResourceInfo, live: ApiObject, changed: JsonObject): void {
  const { metadata } = live;
  const name = textAt(changed, "metadata", "name");
  if (name !== metadata.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${metadata.name})`);
  }
  if (textAt(changed, "metadata", "namespace") !== metadata.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  refuseOtherUid(resource, live, metadataOf(changed));
}

function forceRefused(): ApiStatusError {
  const message = "Forbidden: may not be specified for non-apply patch";
  return invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", [
    { reason: "FieldValueForbidden", message, field: "force" },
  ]);
}

/** Server-side apply; creates the object if it does not exist. */
async function applyFromBody(request: ApiRequest, backend: Backend): Promise<ApiAnswer> {
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
}

function refuseManagedFields({ metadata }: JsonObject): void {
  if (isJsonObject(metadata) && Array.isArray(metadata.managedFields)) {
    throw badRequest("metadata.managedFields must be nil");
  }
}

/** A new object has no version. */
function withoutVersion(object: JsonObject): JsonObject {
  const { resourceVersion: _version, ...metadata } = metadataOf(object);
  return { ...object, metadata };
}
