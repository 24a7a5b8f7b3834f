import { OUTCOMES, type Outcome } from "../../../runtime/run/report/outcome.ts";
import { lost, neverStarted, type ReadEnd } from "./pod-end.ts";
import { endCondition, type RunObjects } from "./run-objects.ts";
import { jobWaiting, stuckHint } from "./waiting.ts";

/** Reads how a run ended whose pods are gone, from the Job alone. It is never said to have succeeded unless Kubernetes says so. */
export function readJobEnd({ job, events }: RunObjects): ReadEnd | { readonly outcome: "succeeded" } {
  const condition = endCondition(job);
  if (condition?.type === "Complete") return { outcome: "succeeded" };
  const { reason = "", message = "" } = condition ?? {};
  const waiting = jobWaiting(job, events);
  if (reason === "DeadlineExceeded") {
    if (waiting.reason === "FailedCreate") return neverStarted(waiting.reason, waiting.message, stuckHint(waiting));
    return readDeadline(events);
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
function readDeadline(events: RunObjects["events"]): ReadEnd {
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
