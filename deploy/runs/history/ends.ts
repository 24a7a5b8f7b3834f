import { toNumber } from "../../../runtime/kube/values/quantity.ts";
import { OUTCOMES, type Outcome } from "../../../runtime/run/report/outcome.ts";
import type { Report, ReportError } from "../../../runtime/run/report/report.ts";
import { CONTAINER_NAME } from "../../settings/own-fields.ts";
import { CANCELLED_ANNOTATION, endCondition, type JobObject, type PodObject, type RunObjects } from "./run-objects.ts";
import { jobWaiting, stuckHint } from "./waiting.ts";

/** How a run ended that could not say it itself. */
export interface ReadEnd {
  readonly outcome: Outcome;
  readonly error: ReportError;
}

type Terminated = NonNullable<ReturnType<typeof terminatedState>>;

const SIGNAL_NAMES: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  6: "SIGABRT",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};

/** The exit code of a process that SIGKILL ended. */
export const SIGKILLED = 137;
const BLOCKED_HINT =
  "Pause long computations now and then, for example with `await setImmediate()` from node:timers/promises, or raise `timeout`.";

/** A process that used this much of its memory limit when it last said so, and then aborted, ran out of heap. */
const FULL_SHARE = 0.5;

/** The container's end, where it has ended. */
export function terminatedState(pod: PodObject) {
  const status = pod.status?.containerStatuses?.find(({ name }) => name === CONTAINER_NAME);
  return status?.state?.terminated ?? undefined;
}

/**
 * Reads why a pod ended that left no final report, from what the kubelet says of its container.
 *
 * @param left the report that the flight recorder left, if any: outcome `running`
 */
export function readPodEnd(job: JobObject, pod: PodObject, left: Report | undefined): ReadEnd {
  const terminated = terminatedState(pod);
  const eviction = readEviction(pod);
  if (terminated?.reason === "OOMKilled")
    return outOfMemory(pod, "the kernel killed it: the container used all of its memory");
  if (eviction !== undefined) return eviction;
  if (terminated === undefined) return lost("its pod has ended without saying how");
  if (terminated.startedAt === undefined || ["StartError", "ContainerCannotRun"].includes(terminated.reason ?? "")) {
    return neverStarted(terminated.reason ?? "StartError", terminated.message ?? "the container could not start");
  }
  return readDeadline(job, pod) ?? readExit(pod, terminated, left);
}

function readExit(pod: PodObject, terminated: Terminated, left: Report | undefined): ReadEnd {
  const { exitCode } = terminated;
  const signal = terminated.signal || (exitCode > 128 && exitCode < 160 ? exitCode - 128 : 0);
  if ((signal === 6 || signal === 11) && usedMostMemory(pod, left)) {
    return outOfMemory(pod, "Node ended it: JavaScript's heap was full");
  }
  if (signal === 15)
    return { outcome: "cancelled", error: { reason: "Cancelled", message: "SIGTERM ended it before it could report" } };
  if (signal > 0) return killed(signal, pod);
  if (exitCode === 0) return lost("its process ended with code 0 and without a report: something called process.exit");
  return {
    outcome: "lost",
    error: {
      reason: "NoReport",
      message: `its process ended with code ${exitCode} and without a report`,
      hint: `See its last lines: errand logs ${pod.metadata.labels?.["batch.kubernetes.io/job-name"] ?? ""}`,
    },
  };
}

function killed(signal: number, pod: PodObject): ReadEnd {
  const name = SIGNAL_NAMES[signal] ?? `signal ${signal}`;
  const isDeleted = pod.metadata.deletionTimestamp !== undefined;
  if (!isDeleted) return { outcome: "killed", error: { reason: name, message: `${name} ended its process` } };
  return {
    outcome: "killed",
    error: {
      reason: name,
      message: `its pod was deleted, and it ignored SIGTERM until ${name} ended its process`,
      hint: "Return soon after `signal` is aborted, and leave SIGTERM to errand.",
    },
  };
}

function outOfMemory(pod: PodObject, message: string): ReadEnd {
  const limit = memoryLimit(pod);
  return {
    outcome: "outOfMemory",
    error: {
      reason: "OutOfMemory",
      message: limit === undefined ? message : `${message} (limit ${limit})`,
      hint: "Raise `resources.limits.memory` in the job file, or keep fewer objects in memory.",
    },
  };
}

function usedMostMemory(pod: PodObject, left: Report | undefined): boolean {
  const limit = memoryLimit(pod);
  return limit !== undefined && left !== undefined && left.peakMemoryBytes >= toNumber(limit) * FULL_SHARE;
}

function memoryLimit(pod: PodObject): string | undefined {
  const limit = pod.spec?.containers.find(({ name }) => name === CONTAINER_NAME)?.resources?.limits?.memory;
  return limit === undefined ? undefined : String(limit);
}

/** True for a pod that Kubernetes took away: the Job makes another, whatever the process said at its end. */
export function isDisrupted(pod: PodObject): boolean {
  return disruptionOf(pod) !== undefined;
}

/** https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions */
function disruptionOf(pod: PodObject) {
  return pod.status?.conditions?.find(({ type, status }) => type === "DisruptionTarget" && status === "True");
}

/** The end of a pod that the node or an eviction took away; a pod over its own limit of local storage has the reason and no condition. */
export function readEviction(pod: PodObject): ReadEnd | undefined {
  const disruption = disruptionOf(pod);
  if (pod.status?.reason !== "Evicted" && disruption === undefined) return undefined;
  const message = disruption?.message ?? pod.status?.message ?? "the node or an eviction ended the pod";
  return { outcome: "evicted", error: { reason: disruption?.reason ?? "Evicted", message } };
}

/** True for a pod that the kubelet ended because it had been active for longer than it may. The pod stays. */
export function isPastDeadline(pod: PodObject): boolean {
  return pod.status?.reason === "DeadlineExceeded";
}

/** The end of a pod that Kubernetes itself ended for its time, be it the kubelet for the attempt's or the Job controller for the run's. The runtime would have done so before. */
export function readDeadline({ metadata, status }: JobObject, pod: PodObject): ReadEnd | undefined {
  const isCancelled = metadata.annotations?.[CANCELLED_ANNOTATION] !== undefined;
  const isJobsDeadline = status?.conditions?.some((each) => each.reason === "DeadlineExceeded") ?? false;
  const isDeleted = isJobsDeadline && pod.metadata.deletionTimestamp !== undefined;
  if (isCancelled || !(isPastDeadline(pod) || isDeleted)) return undefined;
  const { exitCode } = terminatedState(pod) ?? {};
  const how =
    exitCode === SIGKILLED
      ? "its event loop was blocked, so its own timeout could not fire"
      : "it took too long to start";
  return {
    outcome: "timedOut",
    error: {
      reason: "DeadlineExceeded",
      message: `Kubernetes ended it at the deadline of its ${isPastDeadline(pod) ? "pod" : "Job"}: ${how}`,
      ...(exitCode === SIGKILLED ? { hint: BLOCKED_HINT } : {}),
    },
  };
}

/** The end of a run whose process never began. */
export function neverStarted(reason: string, message: string, hint?: string): ReadEnd {
  return { outcome: "neverStarted", error: { reason, message, ...(hint === undefined ? {} : { hint }) } };
}

/** The end of a run of which nobody knows more. */
export function lost(message: string): ReadEnd {
  return { outcome: "lost", error: { reason: "Lost", message } };
}

/** Reads how a run ended whose pods are gone, from the Job alone. It is never said to have succeeded unless Kubernetes says so. */
export function readJobEnd({ job, events }: RunObjects): ReadEnd | { readonly outcome: "succeeded" } {
  const condition = endCondition(job);
  if (condition?.type === "Complete") return { outcome: "succeeded" };
  const { reason = "", message = "" } = condition ?? {};
  const waiting = jobWaiting(job, events);
  if (reason === "DeadlineExceeded") {
    if (waiting.reason === "FailedCreate") return neverStarted(waiting.reason, waiting.message, stuckHint(waiting));
    return readJobDeadline(events);
  }
  // https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/job/pod_failure_policy.go
  const exitCode = /failed with exit code (\d+) matching/.exec(message)?.[1];
  const outcome = exitCode === undefined ? undefined : outcomeOfExitCode(Number(exitCode));
  if (outcome !== undefined) {
    return { outcome, error: { reason, message: `${OUTCOMES[outcome].meaning}; its pod and its report are gone` } };
  }
  return lost(`its pod is gone, and its Job only says: ${message || reason || "nothing"}`);
}

/** The Job controller deletes the pod at the deadline, so that only events tell whether it had ever started. */
function readJobDeadline(events: RunObjects["events"]): ReadEnd {
  const started = events.some(({ reason }) => reason === "Started");
  const obstacle = events.findLast(({ reason, type }) => type === "Warning" && /^Failed|BackOff/.test(reason ?? ""));
  if (!started && obstacle !== undefined) {
    const waiting = { reason: obstacle.reason ?? "", message: obstacle.message ?? "" };
    const isImage = /image/i.test(waiting.message);
    return neverStarted(
      waiting.reason,
      waiting.message,
      stuckHint(isImage ? { ...waiting, reason: "ImagePull" } : waiting),
    );
  }
  return {
    outcome: "timedOut",
    error: {
      reason: "DeadlineExceeded",
      message: "Kubernetes ended it at the deadline of its Job; its pod and its report are gone",
    },
  };
}

function outcomeOfExitCode(exitCode: number): Outcome | undefined {
  const found = Object.entries(OUTCOMES).find(([, row]) => row.exitCode === exitCode && row.saidBy === "runtime");
  return found?.[0] as Outcome | undefined;
}
