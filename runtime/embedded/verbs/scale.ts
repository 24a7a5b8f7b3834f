import { type ApiObject, fieldAt, isJsonObject, type JsonObject } from "../objects/api-object.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import type { ApiAnswer, ApiRequest, Backend, VerbHandler } from "./backend.ts";
import { updateObject } from "./updating.ts";
import { managerOf, mediaTypeOf, parseBody, readObject, readWriteQuery } from "./write-request.ts";

/** The Scale of a workload. https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/scale-v1/ */
function scaleOf(workload: ApiObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = workload.metadata;
  const labels = fieldAt(workload, "spec", "selector", "matchLabels");
  const selector = isJsonObject(labels) ? Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`) : [];
  const replicas = fieldAt(workload, "spec", "replicas") ?? 0;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    // The API server leaves a 0 out here.
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: fieldAt(workload, "status", "replicas") ?? 0, selector: selector.join(",") },
  };
}

function find({ info, resource }: ApiRequest, { store }: Backend): ApiObject {
  return store.mustGet(resource, info.namespace, info.name);
}

function change(request: ApiRequest, backend: Backend, scale: JsonObject): ApiAnswer {
  const live = find(request, backend);
  const spec = isJsonObject(live.spec) ? live.spec : {};
  const metadata = isJsonObject(scale.metadata) ? scale.metadata : {};
  const wished = {
    ...live,
    // A version or uid that is sent with the scale is a condition on the workload.
    metadata: { ...live.metadata, ...metadata },
    spec: { ...spec, replicas: fieldAt(scale, "spec", "replicas") ?? 0 },
  };
  const dryRun = readWriteQuery(request.query, "UpdateOptions");
  const manager = managerOf(request, "Update");
  const changed = updateObject(backend, request.resource, live, wished, { dryRun, manager, user: request.user });
  return { status: 200, body: scaleOf(changed), dryRun };
}

const getScale: VerbHandler = (request, backend) => ({ status: 200, body: scaleOf(find(request, backend)) });

const updateScale: VerbHandler = async (request, backend) => change(request, backend, await readObject(request));

const patchScale: VerbHandler = async (request, backend) => {
  const patch = await parseBody(await request.readBody(), mediaTypeOf(request));
  const merged = applyMergePatch(scaleOf(find(request, backend)), patch);
  return change(request, backend, isJsonObject(merged) ? merged : {});
};

/** Reads and writes the replicas of a workload. */
export const scaleHandlers: Readonly<Record<string, VerbHandler>> = {
  get: getScale,
  update: updateScale,
  patch: patchScale,
};
