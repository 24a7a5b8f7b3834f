import type { WriteRequestOptions } from "./create.ts";
import type { ResourceIdentity } from "./identity.ts";
import type { KubeRequest } from "./request.ts";
import { requestOf } from "./request-of.ts";
import type { Preconditions, ResolvedTarget } from "./target.ts";

const CONTENT_TYPES = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
} as const;

export interface PatchRequestOptions extends WriteRequestOptions {
  readonly type?: keyof typeof CONTENT_TYPES | undefined;
}

/**
 * Changes parts of an object.
 * @throws {RangeError} where the patch's shape does not fit its type
 */
export function patchRequest(
  identity: ResourceIdentity,
  target: ResolvedTarget,
  patch: object,
  options: PatchRequestOptions,
): KubeRequest {
  const type = options.type ?? "merge";
  if (Array.isArray(patch) !== (type === "json")) {
    throw new RangeError(
      type === "json"
        ? `patch ${identity.resource}: a JSON patch is an array of operations`
        : `patch ${identity.resource}: an array of operations is a JSON patch: give { type: "json" }`,
    );
  }
  return requestOf("patch", identity, {
    place: target.place,
    name: target.name,
    subresource: options.subresource,
    query: { fieldManager: options.fieldManager, fieldValidation: options.fieldValidation ?? "Strict" },
    headers: { "content-type": CONTENT_TYPES[type] },
    body: withPreconditions(patch, target.preconditions),
    signal: options.signal,
  });
}

/** Patches have no preconditions of their own: uid and resourceVersion in the body make the server answer 409 when they are no longer true. */
function withPreconditions(patch: object, preconditions: Preconditions | undefined): unknown {
  if (preconditions === undefined) return patch;
  if (Array.isArray(patch)) {
    const held = Object.entries(preconditions).map(([field, value]) => ({
      op: "replace",
      path: `/metadata/${field}`,
      value,
    }));
    return [...held, ...patch];
  }
  const metadata = "metadata" in patch && typeof patch.metadata === "object" ? patch.metadata : {};
  return { ...patch, metadata: { ...metadata, ...preconditions } };
}
