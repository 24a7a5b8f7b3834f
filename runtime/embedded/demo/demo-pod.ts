import { randomUUID } from "node:crypto";
import type { KubeObject, OwnerReference } from "../../kube/surface/objects.ts";
import { NODE_NAME } from "../kubelet/run-pod.ts";
import { fieldAt, textAt } from "../objects/api-object.ts";

/** What a pod of the demonstration has gone through. Times are milliseconds before now. */
export interface DemoPod {
  /** `Evicted` is a failed pod with that reason, as kubectl shows it. */
  readonly status: "Running" | "Pending" | "Succeeded" | "Failed" | "Evicted";
  readonly age: number;
  /** When its container ended. */
  readonly ended?: number;
  readonly owner?: KubeObject | undefined;
  readonly restarts?: number;
  /** Somebody annotated it to stay. */
  readonly keep?: boolean;
}

/** Makes pods of one namespace. @param ago turns milliseconds before now into a time */
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

/** How a dependent names the object that made it. */
export function controllerReference({ apiVersion = "", kind = "", metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata?.name ?? "", uid: metadata?.uid ?? "", controller: true };
}

/** The image of the template from which the owner makes its pods. */
function imageOf(owner: KubeObject | undefined): string | undefined {
  const containers = fieldAt(owner, "spec", "template", "spec", "containers");
  return Array.isArray(containers) ? textAt(containers[0], "image") : undefined;
}

function podSpec(image: string, { status, ended }: DemoPod): object {
  return {
    ...(status === "Pending" ? {} : { nodeName: NODE_NAME }),
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
  if (status === "Pending") return { phase: "Pending", conditions: [condition("PodScheduled", "False", ago(age))] };
  const container = { name: "main", image, restartCount: restarts };
  const startedAt = ago(age);
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
