import type { LogSelection } from "../kubelet/running-pods.ts";
import { type ApiObject, fieldAt, isJsonObject, type JsonObject } from "../objects/api-object.ts";
import { invalid, success } from "../objects/api-status.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import type { ApiAnswer, ApiRequest, Backend, VerbHandler } from "./backend.ts";
import { deleteObject, readDeletionOptions } from "./delete.ts";
import { isTrue } from "./request-info.ts";
import { updateObject } from "./update.ts";
import { managerOf, mediaTypeOf, parseBody, readDryRun, readObject, readWriteQuery } from "./write-request.ts";

const DEFAULT_TOKEN_SECONDS = 3_600;
/** The API server's limits. */
const MIN_TOKEN_SECONDS = 600;
const MILLISECONDS_PER_SECOND = 1_000;

/** POST …/serviceaccounts/NAME/token. https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
export const createToken: VerbHandler = async (request, { tokens }) => {
  const { info } = request;
  const sent = await readObject(request);
  const seconds = Number(fieldAt(sent, "spec", "expirationSeconds") ?? DEFAULT_TOKEN_SECONDS);
  if (seconds < MIN_TOKEN_SECONDS) {
    const message = `Invalid value: ${seconds}: may not specify a duration less than 10 minutes`;
    throw invalid({ group: "authentication.k8s.io", kind: "TokenRequest" }, "", [
      { reason: "FieldValueInvalid", message, field: "spec.expirationSeconds" },
    ]);
  }
  const token = tokens.issueFor(info.namespace, info.name, seconds);
  const expirationTimestamp = new Date(Date.now() + seconds * MILLISECONDS_PER_SECOND).toISOString();
  const status = { token, expirationTimestamp };
  const metadata = { name: info.name, namespace: info.namespace };
  const spec = { ...(isJsonObject(sent.spec) ? sent.spec : {}), expirationSeconds: seconds };
  return {
    status: 201,
    body: { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", metadata, spec, status },
  };
};

/** POST …/pods/NAME/eviction: a deletion. The embedded API does not support disruption budgets. */
export const evict: VerbHandler = async (request, backend) => {
  const { info, resource } = request;
  const sent = await parseBody(await request.readBody(), mediaTypeOf(request));
  const { dryRun: sentDryRun, ...options } = readDeletionOptions(fieldAt(sent, "deleteOptions") ?? {}, request.query);
  const dryRun = readDryRun([...sentDryRun, ...request.query.getAll("dryRun")], "DeleteOptions");
  deleteObject(backend, resource, info.namespace, info.name, { ...options, dryRun });
  return { status: 201, body: success({ code: 201 }), dryRun };
};

/** GET …/pods/NAME/log: the log so far, and with `follow` what comes until the pod has ended; empty for a pod that did not run here. */
export const readLog: VerbHandler = ({ info, resource, query }, { store, logs, runningPods }) => {
  const { uid } = store.mustGet(resource, info.namespace, info.name).metadata;
  const selection = logSelection(query);
  if (!isTrue(query.get("follow")) || !runningPods.has(uid)) return { status: 200, text: logs.read(uid, selection) };
  const encoder = new TextEncoder();
  let stop = (): void => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string): void => controller.enqueue(encoder.encode(text));
      send(logs.read(uid, selection));
      const unfollow = logs.follow(uid, selection, send);
      const unlisten = store.events.listen(({ object }) => {
        if (object.metadata.uid !== uid || runningPhase(object)) return;
        stop();
        controller.close();
      });
      stop = () => {
        unfollow();
        unlisten();
      };
    },
    cancel: () => stop(),
  });
  return { status: 200, stream };
};

function runningPhase(pod: ApiObject): boolean {
  return fieldAt(pod, "status", "phase") === "Running";
}

function logSelection(query: URLSearchParams): LogSelection {
  const [tail, sinceSeconds, sinceTime] = ["tailLines", "sinceSeconds", "sinceTime"].map((name) => query.get(name));
  const since =
    sinceSeconds == null ? Date.parse(sinceTime ?? "") : Date.now() - Number(sinceSeconds) * MILLISECONDS_PER_SECOND;
  return {
    ...(tail == null ? {} : { tail: Number(tail) }),
    ...(Number.isNaN(since) ? {} : { since }),
    timestamps: isTrue(query.get("timestamps")),
  };
}

/** GET …/scale */
export const readScale: VerbHandler = (request, backend) => ({
  status: 200,
  body: scaleOf(findWorkload(request, backend)),
});

/** PUT …/scale */
export const updateScale: VerbHandler = async (request, backend) =>
  changeScale(request, backend, await readObject(request));

/** PATCH …/scale, as a merge patch. */
export const patchScale: VerbHandler = async (request, backend) => {
  const patch = await parseBody(await request.readBody(), mediaTypeOf(request));
  const merged = applyMergePatch(scaleOf(findWorkload(request, backend)), patch);
  return changeScale(request, backend, isJsonObject(merged) ? merged : {});
};

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
    // The API server omits a 0 here.
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: fieldAt(workload, "status", "replicas") ?? 0, selector: selector.join(",") },
  };
}

function findWorkload({ info, resource }: ApiRequest, { store }: Backend): ApiObject {
  return store.mustGet(resource, info.namespace, info.name);
}

function changeScale(request: ApiRequest, backend: Backend, scale: JsonObject): ApiAnswer {
  const live = findWorkload(request, backend);
  const spec = isJsonObject(live.spec) ? live.spec : {};
  const metadata = isJsonObject(scale.metadata) ? scale.metadata : {};
  const desired = {
    ...live,
    // A version or uid in the Scale is a precondition on the workload.
    metadata: { ...live.metadata, ...metadata },
    spec: { ...spec, replicas: fieldAt(scale, "spec", "replicas") ?? 0 },
  };
  const dryRun = readWriteQuery(request.query, "UpdateOptions");
  const manager = managerOf(request, "Update");
  const changed = updateObject(backend, request.resource, live, desired, { dryRun, manager, user: request.user });
  return { status: 200, body: scaleOf(changed), dryRun };
}
