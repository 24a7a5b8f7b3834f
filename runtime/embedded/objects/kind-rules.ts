// The API server's changes to objects of certain kinds. Everything else is stored as sent: the embedded API has no schemas.

import type { ResourceInfo } from "../../job/access.ts";
import { fieldAt, isJsonObject, type JsonObject } from "./api-object.ts";
import { qualifiedKind } from "./api-status.ts";

/** Resources whose deletion answers the object instead of a Status. */
const ANSWERS_DELETED_OBJECT = new Set([
  "pods",
  "services",
  "serviceaccounts",
  "namespaces",
  "persistentvolumes",
  "persistentvolumeclaims",
  "podtemplates",
  "resourcequotas",
  "storageclasses",
  "csidrivers",
  "csinodes",
  "volumeattachments",
  "resourceclaims",
  "resourceclaimtemplates",
  "resourceslices",
  "deviceclasses",
]);

/** Resources without metadata.generation, in addition to those without a spec. */
const NO_GENERATION = new Set(["namespaces", "nodes", "services", "persistentvolumes", "persistentvolumeclaims"]);

export function answersDeletedObject({ resource }: ResourceInfo): boolean {
  return ANSWERS_DELETED_OBJECT.has(resource);
}

export function hasGeneration({ resource }: ResourceInfo, object: JsonObject): boolean {
  return isJsonObject(object.spec) && !NO_GENERATION.has(resource);
}

/** True if the status can be written only through its subresource. */
export function hasStatusSubresource({ subresources }: ResourceInfo): boolean {
  return Object.hasOwn(subresources, "status");
}

const NAME_LABEL = "kubernetes.io/metadata.name";

type Defaulting = (object: JsonObject) => JsonObject;

function withSpec(object: JsonObject, defaults: JsonObject): JsonObject {
  const spec = object.spec;
  return { ...object, spec: { ...defaults, ...(isJsonObject(spec) ? spec : {}) } };
}

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name */
function withNameLabel(namespace: JsonObject): JsonObject {
  const metadata = isJsonObject(namespace.metadata) ? namespace.metadata : {};
  const labels = { ...(isJsonObject(metadata.labels) ? metadata.labels : {}), [NAME_LABEL]: metadata.name };
  return { ...namespace, metadata: { ...metadata, labels } };
}

/** `stringData` becomes `data`, which is base64. */
function encodedSecret({ stringData, ...secret }: JsonObject): JsonObject {
  if (!isJsonObject(stringData)) return { ...secret, type: secret.type ?? "Opaque" };
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")]);
  const data = { ...(isJsonObject(secret.data) ? secret.data : {}), ...Object.fromEntries(encoded) };
  return { ...secret, data, type: secret.type ?? "Opaque" };
}

/** The stored form of an object, without write-only conveniences. */
export function normalized({ group, kind }: ResourceInfo, object: JsonObject): JsonObject {
  return group === "" && kind === "Secret" ? encodedSecret(object) : object;
}

/** By `kind.group`; each returns a copy with its defaults. https://kubernetes.io/docs/reference/kubernetes-api/ */
const DEFAULTS: Readonly<Record<string, Defaulting>> = {
  Pod: (pod) => ({
    ...withSpec(pod, {
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      schedulerName: "default-scheduler",
      serviceAccountName: "default",
      enableServiceLinks: true,
    }),
    status: { phase: "Pending", qosClass: "BestEffort" },
  }),
  Namespace: (namespace) => ({
    ...withNameLabel(withSpec(namespace, { finalizers: ["kubernetes"] })),
    status: { phase: "Active" },
  }),
  "CronJob.batch": (cronJob) =>
    withSpec(cronJob, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    }),
  "Job.batch": (job) =>
    withSpec(job, { completions: 1, parallelism: 1, backoffLimit: 6, suspend: false, completionMode: "NonIndexed" }),
  "Deployment.apps": (deployment) => withSpec(deployment, { replicas: 1, revisionHistoryLimit: 10 }),
};

/** The stored form of a new object: with defaults, and without the client's status. */
export function defaulted(info: ResourceInfo, object: JsonObject): JsonObject {
  const { status: _sent, ...desired } = object;
  const kept = normalized(info, hasStatusSubresource(info) ? desired : object);
  const defaulting = DEFAULTS[qualifiedKind(info)];
  return defaulting ? defaulting(kept) : kept;
}

/** The part whose changes `metadata.generation` counts: everything but metadata and status. */
export function desiredState(object: JsonObject): JsonObject {
  const { metadata: _metadata, status: _status, ...desired } = object;
  return desired;
}

/** A pod's grace period in seconds: 0 if nothing runs. https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/pod/strategy.go */
export function podGraceSeconds(pod: JsonObject, asked: number | undefined): number {
  const phase = fieldAt(pod, "status", "phase");
  const ended = phase === "Succeeded" || phase === "Failed";
  if (ended || !fieldAt(pod, "spec", "nodeName")) return 0;
  const grace = asked ?? Number(fieldAt(pod, "spec", "terminationGracePeriodSeconds") ?? 0);
  return grace < 0 ? 1 : grace;
}
