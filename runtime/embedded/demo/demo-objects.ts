import { randomUUID } from "node:crypto";
import type { KubeObject, OwnerReference } from "../../kube/surface/objects.ts";
import { NODE_NAME } from "../kubelet/run-pod.ts";
import { fieldAt, textAt } from "../objects/api-object.ts";

/** The history of a demo pod. Times are milliseconds before now. */
export interface DemoPod {
  /** `Evicted` is a failed pod with that reason, as kubectl shows it; `Pending` one whose image cannot be pulled. */
  readonly status: "Running" | "Pending" | "Succeeded" | "Failed" | "Evicted";
  readonly age: number;
  /** End of its container. */
  readonly ended?: number;
  readonly owner?: KubeObject | undefined;
  readonly restarts?: number;
  /** Annotated to be kept. */
  readonly keep?: boolean;
}

/** Creates pods of one namespace. @param ago converts milliseconds before now to a timestamp */
export function demoPod(namespace: string, ago: (milliseconds: number) => string) {
  return (name: string, pod: DemoPod): KubeObject => {
    const image = imageOf(pod.owner) ?? `example.com/${name}:1.0`;
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name,
        namespace,
        uid: randomUUID(),
        creationTimestamp: ago(pod.age),
        ...(pod.keep ? { annotations: { "errand/keep": "true" } } : {}),
        ...(pod.owner ? { ownerReferences: [controllerReference(pod.owner)] } : {}),
      },
      spec: podSpec(image, pod),
      status: podStatus(image, pod, ago),
    } as KubeObject;
  };
}

function controllerReference({ apiVersion = "", kind = "", metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata?.name ?? "", uid: metadata?.uid ?? "", controller: true };
}

/** The image in the owner's pod template. */
function imageOf(owner: KubeObject | undefined): string | undefined {
  const containers = fieldAt(owner, "spec", "template", "spec", "containers");
  return Array.isArray(containers) ? textAt(containers[0], "image") : undefined;
}

function podSpec(image: string, { ended }: DemoPod): object {
  return {
    nodeName: NODE_NAME,
    restartPolicy: ended === undefined ? "Always" : "Never",
    serviceAccountName: "default",
    terminationGracePeriodSeconds: 30,
    containers: [
      {
        name: "main",
        image,
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
      },
    ],
  };
}

function podStatus(image: string, pod: DemoPod, ago: (milliseconds: number) => string): object {
  const { status, age, ended = age, restarts = 0 } = pod;
  const container = { name: "main", image, restartCount: restarts };
  const startedAt = ago(age);
  if (status === "Pending") {
    const waiting = { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}"` };
    return {
      phase: "Pending",
      startTime: startedAt,
      conditions: [condition("Ready", "False", startedAt)],
      containerStatuses: [{ ...container, ready: false, started: false, state: { waiting } }],
    };
  }
  if (status === "Running") {
    const running = { ...container, ready: true, started: true, state: { running: { startedAt } } };
    return {
      phase: "Running",
      startTime: startedAt,
      conditions: [condition("Ready", "True", startedAt)],
      containerStatuses: [running],
    };
  }
  if (status === "Evicted") {
    const message = "The node was low on resource: ephemeral-storage.";
    return {
      phase: "Failed",
      reason: "Evicted",
      message,
      startTime: startedAt,
      conditions: [condition("DisruptionTarget", "True", ago(ended))],
    };
  }
  const exitCode = status === "Succeeded" ? 0 : 1;
  const reason = exitCode === 0 ? "Completed" : "Error";
  const terminated = { exitCode, reason, startedAt, finishedAt: ago(ended) };
  return {
    phase: status,
    startTime: startedAt,
    conditions: [condition("Ready", "False", ago(ended))],
    containerStatuses: [{ ...container, ready: false, started: false, state: { terminated } }],
  };
}

function condition(type: string, status: string, lastTransitionTime: string): object {
  return { type, status, lastTransitionTime };
}

function podTemplate(name: string, image: string): object {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main", image }] } };
}

interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec: object;
}

function workload({ kind, namespace, name, createdAt, labels = { app: name }, spec }: Workload): KubeObject {
  return {
    apiVersion: kind === "CronJob" || kind === "Job" ? "batch/v1" : "apps/v1",
    kind,
    metadata: { name, namespace, uid: randomUUID(), creationTimestamp: createdAt, generation: 1, labels },
    spec,
  } as KubeObject;
}

function ownedBy(owner: KubeObject, object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, ownerReferences: [controllerReference(owner)] } };
}

interface DemoDeployment extends Omit<Workload, "kind" | "namespace" | "spec"> {
  /** Of the ReplicaSet's name. */
  readonly hash: string;
  readonly image: string;
  /** How many of its two pods are. Default: both. */
  readonly available?: number;
}

/** A Deployment and its ReplicaSet, which owns the pods; both have the template's hash in their names. */
export function deploymentWithReplicaSet(
  namespace: string,
  { hash, image, available = 2, ...deployment }: DemoDeployment,
) {
  const { name } = deployment;
  const spec = { replicas: 2, selector: { matchLabels: { app: name } }, template: podTemplate(name, image) };
  const ready = { readyReplicas: available, availableReplicas: available };
  const status = { replicas: 2, ...ready, updatedReplicas: 2, observedGeneration: 1 };
  const owner = { ...workload({ ...deployment, kind: "Deployment", namespace, spec }), status };
  const replicaSet = workload({ ...deployment, name: `${name}-${hash}`, kind: "ReplicaSet", namespace, spec });
  const owned = ownedBy(owner, replicaSet);
  return { objects: [owner, owned], owner: owned };
}

export function daemonSet(namespace: string, name: string, image: string, createdAt: string): KubeObject {
  const spec = { selector: { matchLabels: { app: name } }, template: podTemplate(name, image) };
  return workload({ kind: "DaemonSet", namespace, name, createdAt, spec });
}

/** A CronJob and a Job for each of its runs, numbered from 1. */
export function cronJobWithRuns(namespace: string, name: string, image: string, times: readonly string[]) {
  const jobSpec = { backoffLimit: 0, template: podTemplate(name, image) };
  const spec = { schedule: "0 3 * * *", timeZone: "Etc/UTC", jobTemplate: { spec: jobSpec } };
  const cronJob = workload({ kind: "CronJob", namespace, name, createdAt: times[0] ?? "", spec });
  const jobs = times.map((createdAt, index) =>
    ownedBy(cronJob, {
      ...workload({ kind: "Job", namespace, name: `${name}-${index + 1}`, createdAt, spec: jobSpec }),
      ...{ status: { conditions: [condition("Complete", "True", createdAt)] } },
    }),
  );
  return { objects: [cronJob, ...jobs], jobs };
}

/** The definition of cert-manager's certificates, reduced to the fields that the embedded API reads. */
export function certificateDefinition(): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "certificates.cert-manager.io" },
    spec: {
      group: "cert-manager.io",
      scope: "Namespaced",
      names: { kind: "Certificate", plural: "certificates", singular: "certificate", shortNames: ["cert"] },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} } }],
    },
  } as KubeObject;
}

/** @param notAfter absent for a certificate that was never issued */
export function certificate(namespace: string, name: string, createdAt: string, notAfter?: string): KubeObject {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name, namespace, uid: randomUUID(), creationTimestamp: createdAt, generation: 1 },
    spec: { secretName: name, dnsNames: [`${name}.example.com`], issuerRef: { name: "letsencrypt" } },
    status: {
      conditions: [{ type: "Ready", status: notAfter === undefined ? "False" : "True", lastTransitionTime: createdAt }],
      ...(notAfter === undefined ? {} : { notAfter }),
    },
  } as KubeObject;
}
