import type { ResourceInfo } from "../../job/access.ts";
import { type ApiObject, timestamp } from "../objects/api-object.ts";
import { conflict } from "../objects/api-status.ts";
import { podGraceSeconds } from "../objects/kind-rules.ts";
import type { Backend } from "./backend.ts";
import { NAMESPACES } from "./creating.ts";

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
export interface DeletionOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun: boolean;
}

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/** The finalizers that let the garbage collector do its part first. https://kubernetes.io/docs/concepts/architecture/garbage-collection/ */
export const FINALIZER_OF_POLICY: Readonly<Record<string, string | undefined>> = {
  Orphan: ORPHAN,
  Foreground: FOREGROUND,
  Background: undefined,
};

/** What became of an object: gone, or marked and waiting for a finalizer or for its grace period. */
export interface Deletion {
  readonly object: ApiObject;
  readonly gone: boolean;
}

/**
 * Deletes an object, or marks it where something must happen first.
 *
 * @throws {ApiStatusError} 400, 404, or 409 where it is not the object of the preconditions
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
  const subject = { group: info.group, resource: info.kind };
  if (wanted.uid !== undefined && wanted.uid !== metadata.uid) {
    const why = `the UID in the precondition (${wanted.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw conflict(subject, metadata.name, why);
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(subject, metadata.name, why);
  }
}

function finalizersFor({ metadata }: ApiObject, policy: string | undefined): string[] {
  const present = metadata.finalizers ?? [];
  const added = policy === undefined ? undefined : FINALIZER_OF_POLICY[policy];
  return added === undefined || present.includes(added) ? [...present] : [...present, added];
}

/** A namespace goes when all that is in it has gone. */
function isFullNamespace({ store, resources }: Backend, info: ResourceInfo, { metadata }: ApiObject): boolean {
  if (info.resource !== NAMESPACES.resource || info.group !== NAMESPACES.group) return false;
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

/** What a kubelet does, of pods that have no process here: the pod ends, and then it is taken away for good, unless a finalizer still holds it. */
function terminateLater({ store, deferred, podTerminationMs }: Backend, info: ResourceInfo, pod: ApiObject): void {
  const { namespace, name, uid } = pod.metadata;
  deferred.run(podTerminationMs, () => {
    const current = store.get(info, namespace, name);
    if (current?.metadata.uid !== uid) return;
    if ((current.metadata.finalizers ?? []).length === 0) store.remove(info, namespace, name);
    else store.replace(info, { ...current, metadata: { ...current.metadata, deletionGracePeriodSeconds: 0 } });
  });
}
