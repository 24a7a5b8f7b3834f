import type { ResourceInfo } from "../../job/access.ts";
import { type ApiObject, isJsonObject, type JsonObject, textAt } from "../api-object.ts";
import { ApiStatusError, badRequest, invalid } from "../api-status.ts";
import { type ApiAnswer, type ApiRequest, type Backend, namespaceOf, type VerbHandler } from "../backend.ts";
import { createObject } from "../creating.ts";
import { applyConfiguration } from "../patch/apply.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import type { ManagerIdentity } from "../patch/managed-fields.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import { applyStrategicMergePatch } from "../patch/strategic-merge-patch.ts";
import { fieldManagerOf, mediaTypeOf, readApplied, readDryRun } from "../request-body.ts";
import { apiVersionOf } from "../resource-table.ts";
import { updateObject } from "../updating.ts";

const APPLY = "application/apply-patch+yaml";

/** How each media type changes an object. */
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

/** Changes an object by the patch that is sent; the media type says which kind of patch it is. */
export const patchFromBody: VerbHandler = async (request, backend) => {
  const { info, resource, query } = request;
  const mediaType = mediaTypeOf(request);
  const dryRun = readDryRun(query.getAll("dryRun"), "PatchOptions");
  if (mediaType === APPLY) return apply(request, backend, dryRun);
  const change = PATCHES[mediaType];
  if (!change) throw new ApiStatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  const patch = parsePatch(await request.readBody());
  const live = backend.store.mustGet(resource, namespaceOf(request), info.name);
  const changed = change(live, patch);
  if (!isJsonObject(changed)) throw badRequest("the patch leaves no object");
  refuseOtherIdentity(resource, live, changed);
  const manager = identity(request, "Update");
  const body = updateObject(
    backend,
    resource,
    live,
    changed,
    { dryRun, manager, user: request.user },
    info.subresource,
  );
  return { status: 200, body, dryRun };
};

function parsePatch(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest("invalid JSON patch");
  }
}

/** A patch may name the object that it changes, but not another. */
function refuseOtherIdentity(resource: ResourceInfo, { metadata }: ApiObject, changed: JsonObject): void {
  const name = textAt(changed, "metadata", "name");
  if (name !== metadata.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${metadata.name})`);
  }
  if (textAt(changed, "metadata", "namespace") !== metadata.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const uid = textAt(changed, "metadata", "uid");
  if (uid === undefined || uid === metadata.uid) return;
  const message = `Invalid value: ${JSON.stringify(uid)}: field is immutable`;
  throw invalid(resource, metadata.name, [{ reason: "FieldValueInvalid", message, field: "metadata.uid" }]);
}

function identity(request: ApiRequest, operation: ManagerIdentity["operation"]): ManagerIdentity {
  const { resource, info } = request;
  return {
    name: fieldManagerOf(request),
    operation,
    apiVersion: apiVersionOf(resource),
    subresource: info.subresource,
  };
}

async function apply(request: ApiRequest, backend: Backend, dryRun: boolean): Promise<ApiAnswer> {
  const { info, resource, query } = request;
  if (!query.get("fieldManager")) {
    const field = "fieldManager";
    const message = "Required value: is required for apply patch";
    throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", [
      { reason: "FieldValueRequired", message, field },
    ]);
  }
  const applied = withoutManagedFields(await readApplied(request));
  const name = textAt(applied, "metadata", "name") ?? "";
  if (name !== info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  const live = backend.store.get(resource, namespaceOf(request), info.name);
  const merged = applyConfiguration(live, applied, identity(request, "Apply"), query.get("force") === "true");
  if (!live) {
    const created = createObject(backend, resource, info.namespace, merged, { dryRun, user: request.user });
    return { status: 201, body: created, dryRun };
  }
  const updated = updateObject(backend, resource, live, merged, { dryRun, user: request.user }, info.subresource);
  return { status: 200, body: updated, dryRun };
}

function withoutManagedFields(applied: JsonObject): JsonObject {
  const metadata = applied.metadata;
  if (isJsonObject(metadata) && Array.isArray(metadata.managedFields) && metadata.managedFields.length > 0) {
    throw badRequest("metadata.managedFields must be nil");
  }
  return applied;
}
