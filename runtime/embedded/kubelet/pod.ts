// The parts of a pod that the kubelet reads and writes.
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
import type { ReturnedMeta } from "../../kube/surface/objects.ts";
import { timestamp } from "../objects/api-object.ts";
import type { ProcessEnd } from "./child-process.ts";

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly configMapKeyRef?: KeyReference;
    readonly secretKeyRef?: KeyReference;
  };
}

export interface KeyReference {
  readonly name?: string;
  readonly key: string;
  readonly optional?: boolean;
}

interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
}

export interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name?: string; readonly optional?: boolean };
  readonly secret?: { readonly secretName?: string };
  readonly emptyDir?: object;
  readonly projected?: { readonly sources?: readonly VolumeSource[] };
}

/** One of several sources of a volume. */
export interface VolumeSource {
  readonly configMap?: ChosenKeys;
  readonly secret?: ChosenKeys;
  readonly serviceAccountToken?: {
    readonly path: string;
    readonly audience?: string;
    readonly expirationSeconds?: number;
  };
  readonly downwardAPI?: {
    readonly items?: readonly { readonly path: string; readonly fieldRef?: { readonly fieldPath: string } }[];
  };
}

interface ChosenKeys {
  readonly name?: string;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly terminationMessagePath?: string;
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly activeDeadlineSeconds?: number;
  readonly nodeName?: string;
}

export interface Pod {
  readonly metadata: ReturnedMeta;
  readonly spec: PodSpec;
}

const READY_CONDITIONS = ["PodScheduled", "Initialized", "ContainersReady", "Ready"];

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus */
export interface PodStatus {
  readonly phase: "Running" | "Succeeded" | "Failed";
  readonly [field: string]: unknown;
}

function conditions(ready: boolean, at: string): object[] {
  return READY_CONDITIONS.map((type) => ({
    type,
    status: ready || type === "PodScheduled" || type === "Initialized" ? "True" : "False",
    lastTransitionTime: at,
  }));
}

/** The status of a pod whose container has started. @param startedAt milliseconds since the epoch */
export function runningStatus({ name, image = "" }: Container, startedAt: number): PodStatus {
  const at = timestamp(startedAt);
  return {
    phase: "Running",
    qosClass: "Burstable",
    startTime: at,
    hostIP: "127.0.0.1",
    podIP: "127.0.0.1",
    podIPs: [{ ip: "127.0.0.1" }],
    conditions: conditions(true, at),
    containerStatuses: [
      {
        name,
        image,
        imageID: image,
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: at } },
      },
    ],
  };
}

/** The status of a pod whose container has ended. */
export function endedStatus(
  { name, image = "" }: Container,
  { exitCode, signal }: ProcessEnd,
  message: string,
  startedAt: number,
  finishedAt: number,
): PodStatus {
  const terminated = {
    exitCode,
    reason: exitCode === 0 ? "Completed" : "Error",
    ...(message === "" ? {} : { message }),
    // Container runtimes report only signals that they sent themselves.
    ...(signal === "SIGKILL" ? { signal: 9 } : {}),
    startedAt: timestamp(startedAt),
    finishedAt: timestamp(finishedAt),
  };
  return {
    phase: exitCode === 0 ? "Succeeded" : "Failed",
    qosClass: "Burstable",
    startTime: timestamp(startedAt),
    hostIP: "127.0.0.1",
    podIP: "127.0.0.1",
    podIPs: [{ ip: "127.0.0.1" }],
    conditions: conditions(false, timestamp(finishedAt)),
    containerStatuses: [
      { name, image, imageID: image, ready: false, started: false, restartCount: 0, state: { terminated } },
    ],
  };
}
