import type { ResourceInfo } from "../../job/access.ts";
import { type ApiObject, fieldAt, isJsonObject, type JsonObject, timestamp } from "../objects/api-object.ts";
import {
  type ApiStatusError,
  badRequest,
  conflict,
  invalid,
  success,
  unsupportedMediaType,
} from "../objects/api-status.ts";
import { answersDeletedObject, podGraceSeconds } from "../objects/kind-rules.ts";
import { isSameResource, NAMESPACES } from "../objects/resource-table.ts";
import { type ApiRequest, type Backend, namespaceOf, type VerbHandler } from "./backend.ts";
import { listOf, selectPage } from "./read.ts";
import { mediaTypeOf, parseBody, readDryRun } from "./write-request.ts";

/** Deletes one object. Answers the object if it still exists or its kind requires that, otherwise a Status. */
export const deleteOne: VerbHandler = async (request, backend) => {
  const { info, resource } = request;
  const options = await readOptions(request);
  const { object, gone } = deleteObject(backend, resource, namespaceOf(request), info.name, options);
  const { dryRun } = options;
  if (!gone || answersDeletedObject(resource)) return { status: 200, body: object, dryRun };
  const group = resource.group === "" ? {} : { group: resource.group };
  const { name, uid } = object.metadata;
  return { status: 200, body: success({ details: { name, ...group, kind: resource.resource, uid } }), dryRun };
};

/** Deletes a page of the selected objects from the snapshot at the requested version. Objects deleted since are skipped, but still in the answer. */
export const deleteMany: VerbHandler = async (request, backend) => {
  const { resource } = request;
  const options = await readOptions(request);
  const { items, metadata } = selectPage(request, backend);
  for (const { namespace, name } of items.map((item) => item.metadata)) {
    if (backend.store.get(resource, namespace, name)) deleteObject(backend, resource, namespace, name, options);
  }
  return { status: 200, body: listOf(resource, items, metadata), dryRun: options.dryRun };
};

async function readOptions(request: ApiRequest): Promise<DeletionOptions> {
  const text = await request.readBody();
  const mediaType = mediaTypeOf(request);
  if (text !== "" && mediaType !== "application/json" && mediaType !== "application/yaml") {
    throw unsupportedMediaType(["application/json", "application/yaml"]);
  }
  const body = text === "" ? undefined : await parseBody(text, mediaType);
  const options = readDeletionOptions(body, request.query);
  return { ...options, dryRun: readDryRun(options.dryRun, "DeleteOptions") };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
interface DeletionOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun: boolean;
}

export const ORPHAN_FINALIZER = "orphan";
export const FOREGROUND_FINALIZER = "foregroundDeletion";

/** The finalizers for the garbage collector. https://kubernetes.io/docs/concepts/architecture/garbage-collection/ */
const FINALIZER_OF_POLICY: Readonly<Record<string, string | undefined>> = {
  Orphan: ORPHAN_FINALIZER,
  Foreground: FOREGROUND_FINALIZER,
  Background: undefined,
};

/** The object is gone, or is waiting for a finalizer or its grace period. */
interface Deletion {
  readonly object: ApiObject;
  readonly gone: boolean;
}

/**
 * Deletes an object, or marks it for deletion.
 *
 * @throws {ApiStatusError} 404, or 409 if the preconditions do not match
 */
export function deleteObject(
  backend: Backend,
  info: ResourceInfo,
  namespace: string | undefined,
  name: string,
  options: DeletionOptions,
): Deletion {
  const live = backend.store.mustGet(info, namespace, name);
  checkPreconditions(info, live, options);
  const finalizers = finalizersFor(live, options.propagationPolicy);
  const grace = info.resource === "pods" ? podGraceSeconds(live, options.gracePeriodSeconds) : 0;
  const waits = grace > 0 || finalizers.length > 0 || isFullNamespace(backend, info, live);
  const marked = waits || info.resource === "pods" ? mark(live, finalizers, grace) : live;
  if (options.dryRun) return { object: marked, gone: !waits };
  if (!waits) {
    backend.store.remove(info, namespace, name);
    return { object: marked, gone: true };
  }
  const kept = live.metadata.deletionTimestamp ? live : backend.store.replace(info, marked);
  if (grace > 0 && !backend.runningPods.has(kept.metadata.uid)) terminateLater(backend, info, kept);
  return { object: kept, gone: false };
}

/** https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/registry/rest/delete.go */
function checkPreconditions(info: ResourceInfo, { metadata }: ApiObject, wanted: DeletionOptions): void {
  const named = { group: info.group, resource: info.kind };
  if (wanted.uid !== undefined && wanted.uid !== metadata.uid) {
    const why = `the UID in the precondition (${wanted.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw conflict(named, metadata.name, why);
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(named, metadata.name, why);
  }
}

function finalizersFor({ metadata }: ApiObject, policy: string | undefined): string[] {
  const present = metadata.finalizers ?? [];
  const added = policy === undefined ? undefined : FINALIZER_OF_POLICY[policy];
  return added === undefined || present.includes(added) ? [...present] : [...present, added];
}

/** A namespace is removed once it is empty. */
function isFullNamespace({ store, resources }: Backend, info: ResourceInfo, { metadata }: ApiObject): boolean {
  if (!isSameResource(info, NAMESPACES)) return false;
  return resources.all.some((inside) => inside.namespaced && store.all(inside, metadata.name).length > 0);
}

function mark(live: ApiObject, finalizers: readonly string[], grace: number): ApiObject {
  if (live.metadata.deletionTimestamp) return live;
  const { metadata } = live;
  const generation = metadata.generation === undefined ? {} : { generation: metadata.generation + 1 };
  const kept = finalizers.length > 0 ? { finalizers: [...finalizers] } : {};
  const deletionTimestamp = timestamp(Date.now() + grace * 1_000);
  const marked = { ...metadata, ...kept, ...generation, deletionTimestamp };
  if (live.kind === "Namespace") return { ...live, status: { phase: "Terminating" }, metadata: marked };
  return { ...live, metadata: { ...marked, deletionGracePeriodSeconds: grace } };
}

/** For pods without a local process: ends and removes the pod, unless it has finalizers. */
function terminateLater({ store, deferred, podTerminationMs }: Backend, info: ResourceInfo, pod: ApiObject): void {
  const { namespace, name, uid } = pod.metadata;
  deferred.run(podTerminationMs, () => {
    const current = store.get(info, namespace, name);
    if (current?.metadata.uid !== uid) return;
    if ((current.metadata.finalizers ?? []).length === 0) store.remove(info, namespace, name);
    else store.replace(info, { ...current, metadata: { ...current.metadata, deletionGracePeriodSeconds: 0 } });
  });
}

/** Before `dryRun` is validated. */
type SentDeletionOptions = Omit<DeletionOptions, "dryRun"> & { readonly dryRun: readonly unknown[] };

/** Reads DeleteOptions from the body if there is one, otherwise from the query, like the API server. @throws {ApiStatusError} 400 or 422 */
export function readDeletionOptions(body: unknown, query: URLSearchParams): SentDeletionOptions {
  const sent = isJsonObject(body) ? body : optionsFromQuery(query);
  refuseOtherKind(sent);
  const { gracePeriodSeconds: grace, propagationPolicy: policy, orphanDependents } = sent;
  if (grace !== undefined && typeof grace !== "number") throw wrongType("gracePeriodSeconds", grace, "int64");
  if (policy !== undefined && orphanDependents !== undefined) {
    const why = "orphanDependents and deletionPropagation cannot be both set";
    throw refused("FieldValueInvalid", `Invalid value: ${JSON.stringify(policy)}: ${why}`);
  }
  if (policy !== undefined && !Object.hasOwn(FINALIZER_OF_POLICY, String(policy))) {
    const supported = '"Foreground", "Background", "Orphan", "nil"';
    throw refused(
      "FieldValueNotSupported",
      `Unsupported value: ${JSON.stringify(policy)}: supported values: ${supported}`,
    );
  }
  const uid = fieldAt(sent, "preconditions", "uid");
  const resourceVersion = fieldAt(sent, "preconditions", "resourceVersion");
  return {
    ...(typeof grace === "number" ? { gracePeriodSeconds: grace } : {}),
    ...(typeof policy === "string" ? { propagationPolicy: policy } : {}),
    ...(orphanDependents === true ? { propagationPolicy: "Orphan" } : {}),
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
    dryRun: Array.isArray(sent.dryRun) ? sent.dryRun : [],
  };
}

function refuseOtherKind({ kind = "DeleteOptions", apiVersion = "v1" }: JsonObject): void {
  if (kind === "DeleteOptions") return;
  throw badRequest(
    `no kind "${String(kind)}" is registered for version "${String(apiVersion)}" in scheme "pkg/runtime/scheme.go:111"`,
  );
}

function wrongType(field: string, value: unknown, wanted: string): ApiStatusError {
  return badRequest(
    `json: cannot unmarshal ${typeof value} into Go struct field DeleteOptions.${field} of type ${wanted}`,
  );
}

function refused(reason: string, message: string): ApiStatusError {
  return invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", [
    { reason, message, field: "propagationPolicy" },
  ]);
}

function optionsFromQuery(query: URLSearchParams): JsonObject {
  const grace = query.get("gracePeriodSeconds");
  const policy = query.get("propagationPolicy");
  if (grace !== null && !/^-?\d+$/.test(grace)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  }
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    preconditions: { uid: query.get("uid") || undefined, resourceVersion: query.get("resourceVersion") || undefined },
    dryRun: query.getAll("dryRun"),
  };
}
