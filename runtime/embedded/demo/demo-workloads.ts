import { randomUUID } from "node:crypto";
import type { KubeObject } from "../../kube/surface/objects.ts";
import { controllerReference } from "./demo-pod.ts";

function podTemplate(name: string, image: string): object {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main", image }] } };
}

function workload(kind: string, namespace: string, name: string, creationTimestamp: string, spec: object): KubeObject {
  return {
    apiVersion: kind === "CronJob" || kind === "Job" ? "batch/v1" : "apps/v1",
    kind,
    metadata: { name, namespace, uid: randomUUID(), creationTimestamp, generation: 1 },
    spec,
  } as KubeObject;
}

function ownedBy(owner: KubeObject, object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, ownerReferences: [controllerReference(owner)] } };
}

/** A Deployment and the ReplicaSet that it made, which owns the pods and is named, as they are, by the hash of its template. */
export function deploymentWithReplicaSet(
  namespace: string,
  { name, hash, image, createdAt }: { name: string; hash: string; image: string; createdAt: string },
) {
  const spec = { replicas: 2, selector: { matchLabels: { app: name } }, template: podTemplate(name, image) };
  const deployment = workload("Deployment", namespace, name, createdAt, spec);
  const replicaSet = ownedBy(deployment, workload("ReplicaSet", namespace, `${name}-${hash}`, createdAt, spec));
  return { objects: [deployment, replicaSet], owner: replicaSet };
}

export function daemonSet(namespace: string, name: string, image: string, createdAt: string): KubeObject {
  const spec = { selector: { matchLabels: { app: name } }, template: podTemplate(name, image) };
  return workload("DaemonSet", namespace, name, createdAt, spec);
}

/** A CronJob and a Job for each time that it ran, numbered from 1. */
export function cronJobWithRuns(namespace: string, name: string, image: string, times: readonly string[]) {
  const jobSpec = { backoffLimit: 0, template: podTemplate(name, image) };
  const spec = { schedule: "0 3 * * *", timeZone: "Etc/UTC", jobTemplate: { spec: jobSpec } };
  const cronJob = workload("CronJob", namespace, name, times[0] ?? "", spec);
  const jobs = times.map((time, index) =>
    ownedBy(cronJob, workload("Job", namespace, `${name}-${index + 1}`, time, jobSpec)),
  );
  return { objects: [cronJob, ...jobs], jobs };
}
