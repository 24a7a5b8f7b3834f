import { timestamp } from "../objects/api-object.ts";
import type { ProcessEnd } from "./child-process.ts";
import type { Container } from "./pod.ts";

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
    // A container runtime gives the number only for a signal that it sent itself.
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
