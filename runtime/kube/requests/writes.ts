import type { DeleteCollectionOptions, DeleteOptions } from "../surface/call-options.ts";
import type { KubeObject } from "../surface/objects.ts";
import { DEFAULT_PAGE_SIZE, METADATA_ONLY, METADATA_ONLY_LIST, selectionQuery } from "./reads.ts";
import type { KubeRequest } from "./request.ts";
import {
  apiVersionOf,
  type GroupVersionResource,
  isVersion,
  type Place,
  type Preconditions,
  type ResolvedTarget,
  requestOf,
} from "./resource.ts";

interface WriteRequestOptions {
  readonly fieldManager: string;
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore" | undefined;
  readonly subresource?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Creates an object, which may leave out apiVersion, kind and namespace.
 * @throws {RangeError} if the object has another kind or namespace than the call
 */
export function createRequest(
  gvr: GroupVersionResource,
  place: Place,
  object: KubeObject,
  options: WriteRequestOptions,
): KubeRequest {
  const target = placeOf(gvr, place, object);
  return requestOf("create", gvr, {
    place: target,
    query: { fieldManager: options.fieldManager, fieldValidation: options.fieldValidation ?? "Strict" },
    body: typed(gvr, object),
    signal: options.signal,
  });
}

interface ObjectType {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Fills in apiVersion and kind. @throws {RangeError} if the object's own differ */
export function typed(
  gvr: GroupVersionResource,
  object: KubeObject,
  { apiVersion, kind }: ObjectType = { apiVersion: apiVersionOf(gvr), kind: gvr.kind },
): KubeObject {
  if (object.kind !== undefined && object.kind !== kind) {
    throw new RangeError(`${gvr.resource}: expected an object of kind ${kind}, not ${object.kind}`);
  }
  if (object.apiVersion !== undefined && object.apiVersion !== apiVersion) {
    throw new RangeError(`${gvr.resource}: expected an object of ${apiVersion}, not ${object.apiVersion}`);
  }
  return { ...object, apiVersion, kind };
}

/** The namespace to write to: the object's own, which must match the call's if that names one. */
export function placeOf(gvr: GroupVersionResource, place: Place, object: KubeObject): Place {
  const own = object.metadata?.namespace;
  if (!gvr.namespaced || own === undefined) return place;
  if (place !== "all" && place.namespace !== own) {
    throw new RangeError(
      `${gvr.resource}: the object is in namespace "${own}", but the call is for "${place.namespace}": use kube.inNamespace("${own}")`,
    );
  }
  return { namespace: own };
}

export interface UpdateRequestOptions extends WriteRequestOptions {
  readonly unconditional?: true | undefined;
  /** The type of a subresource that has another kind than its object. */
  readonly type?: ObjectType;
}

/**
 * Replaces an object.
 * @throws {RangeError} for an object without resourceVersion, unless the update is unconditional
 */
export function updateRequest(
  gvr: GroupVersionResource,
  place: Place,
  object: KubeObject,
  options: UpdateRequestOptions,
): KubeRequest {
  const { name, resourceVersion, ...metadata } = object.metadata ?? {};
  if (name === undefined) throw new RangeError(`update ${gvr.resource}: the object has no metadata.name`);
  if (!isVersion(resourceVersion) && !options.unconditional) {
    throw new RangeError(
      `update ${gvr.resource} "${name}": the object has no metadata.resourceVersion, so changes made since could be lost: read it first, or pass { unconditional: true }`,
    );
  }
  const body = options.unconditional ? { ...object, metadata: { name, ...metadata } } : object;
  const request = requestOf("update", gvr, {
    place: placeOf(gvr, place, object),
    name,
    subresource: options.subresource,
    query: { fieldManager: options.fieldManager, fieldValidation: options.fieldValidation ?? "Strict" },
    body: typed(gvr, body, options.type),
    signal: options.signal,
  });
  return { ...request, uid: metadata.uid };
}

const CONTENT_TYPES = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
} as const;

interface PatchRequestOptions extends WriteRequestOptions {
  readonly type?: keyof typeof CONTENT_TYPES | undefined;
}

/**
 * Patches an object.
 * @throws {RangeError} if the patch does not match its type
 */
export function patchRequest(
  gvr: GroupVersionResource,
  target: ResolvedTarget,
  patch: object,
  options: PatchRequestOptions,
): KubeRequest {
  const type = options.type ?? "merge";
  if (Array.isArray(patch) !== (type === "json")) {
    throw new RangeError(
      type === "json"
        ? `patch ${gvr.resource}: a JSON patch is an array of operations`
        : `patch ${gvr.resource}: an array of operations is a JSON patch: pass { type: "json" }`,
    );
  }
  const request = requestOf("patch", gvr, {
    place: target.place,
    name: target.name,
    subresource: options.subresource,
    query: { fieldManager: options.fieldManager, fieldValidation: options.fieldValidation ?? "Strict" },
    headers: { "content-type": CONTENT_TYPES[type] },
    body: withPreconditions(patch, target.preconditions),
    signal: options.signal,
  });
  return { ...request, uid: target.preconditions?.uid };
}

/** Patches have no preconditions field: with uid and resourceVersion in the body, the server answers 409 if they no longer match. */
export function withPreconditions(patch: object, preconditions: Preconditions | undefined): object {
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

const FIELD_MANAGER = /^[\x20-\x7e]{1,128}$/;

interface ApplyRequestOptions {
  readonly fieldManager: string;
  readonly force?: boolean | undefined;
  readonly subresource?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Server-side apply. It is idempotent, so it is retried after a lost connection.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 * @throws {RangeError} for an object without a name or with managedFields, or an invalid field manager
 */
export function applyRequest(
  gvr: GroupVersionResource,
  place: Place,
  object: KubeObject,
  options: ApplyRequestOptions,
): KubeRequest {
  const name = object.metadata?.name;
  if (name === undefined) throw new RangeError(`apply ${gvr.resource}: the object has no metadata.name`);
  if (object.metadata?.managedFields !== undefined) {
    throw new RangeError(`apply ${gvr.resource} "${name}": leave out metadata.managedFields`);
  }
  if (!FIELD_MANAGER.test(options.fieldManager)) {
    throw new RangeError(`apply ${gvr.resource} "${name}": a field manager must have 1 to 128 printable characters`);
  }
  const request = requestOf("patch", gvr, {
    place: placeOf(gvr, place, object),
    name,
    subresource: options.subresource,
    query: { fieldManager: options.fieldManager, fieldValidation: "Strict", force: options.force || undefined },
    headers: { "content-type": "application/apply-patch+yaml" },
    body: typed(gvr, object),
    signal: options.signal,
  });
  return { ...request, idempotent: true, uid: object.metadata?.uid };
}

/** Deletes an object. Always sets the propagation policy: for batch/v1 Jobs, the server's default leaves their pods behind. */
export function deleteRequest(
  gvr: GroupVersionResource,
  target: ResolvedTarget,
  options: DeleteOptions = {},
): KubeRequest {
  const preconditions = options.preconditions ?? target.preconditions;
  const request = requestOf("delete", gvr, {
    place: target.place,
    name: target.name,
    // Metadata alone: whole pods in the answers would slow down mass deletions on both sides.
    headers: { accept: METADATA_ONLY },
    body: deleteOptionsBody(options, preconditions),
    signal: options.signal,
  });
  // A uid can be deleted only once, so retrying after a lost connection is safe.
  return preconditions?.uid === undefined ? request : { ...request, idempotent: true, uid: preconditions.uid };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
function deleteOptionsBody(options: DeleteOptions, preconditions: DeleteOptions["preconditions"]): object {
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy: options.propagationPolicy ?? "Background",
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions }),
  };
}

/** The part of a collection to delete: the server deletes at most one page, and a page of a snapshot always has the same objects. */
export interface CollectionPage {
  /** From the page before. */
  readonly token?: string;
  /** The snapshot of the first page. Default: the current one. */
  readonly version?: string | undefined;
  /** Objects per page. */
  readonly limit?: number;
}

/**
 * Deletes a page of all matching objects; the answer has their metadata.
 * @throws {RangeError} without a selector or `all`
 */
export function deleteCollectionRequest(
  gvr: GroupVersionResource,
  place: Place,
  options: DeleteCollectionOptions,
  { token, version, limit = DEFAULT_PAGE_SIZE }: CollectionPage = {},
): KubeRequest {
  const selection = selectionQuery(options);
  if (Object.keys(selection).length === 0 && options.all !== true) {
    throw new RangeError(
      `deleteCollection ${gvr.resource}: pass a labelSelector or a fieldSelector, or { all: true } for everything in the namespace`,
    );
  }
  const snapshot = version === undefined ? {} : { resourceVersion: version, resourceVersionMatch: "Exact" };
  return requestOf("deletecollection", gvr, {
    place,
    query: { ...selection, limit, ...(token === undefined ? snapshot : { continue: token }) },
    headers: { accept: METADATA_ONLY_LIST },
    body: deleteOptionsBody(options, options.preconditions),
    signal: options.signal,
  });
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
export function evictRequest(
  gvr: GroupVersionResource,
  target: ResolvedTarget,
  options: { readonly gracePeriodSeconds?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): KubeRequest {
  const { name, place, preconditions } = target;
  const namespace = place === "all" ? undefined : place.namespace;
  const deleteOptions = {
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions }),
  };
  const request = requestOf("create", gvr, {
    place,
    name,
    subresource: "eviction",
    body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace }, deleteOptions },
    signal: options.signal,
  });
  return { ...request, uid: preconditions?.uid };
}
