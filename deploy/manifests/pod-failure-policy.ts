import { FATAL_EXIT_CODE, OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { CONTAINER_NAME } from "../settings/pod-names.ts";

type PodFailure = (typeof OUTCOMES)[keyof typeof OUTCOMES]["podFailure"];

/**
 * What the Job controller does with a failed pod, from the table of outcomes: an evicted or drained pod is replaced and does not count,
 * what a retry cannot mend ends the Job, everything else counts as a failure and is retried. A pod that was deleted by hand ends its Job as cancelled:
 * with Ignore instead, the Job would hold the pod until its replacement is there, which keeps a namespace from being deleted while a job runs.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
 */
export function podFailurePolicy() {
  return {
    rules: [
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
      { action: "FailJob", onExitCodes: onExitCodes([...exitCodesOf("failJob"), FATAL_EXIT_CODE]) },
    ],
  };
}

/** Only what the runtime itself ends with: the others never are a container's exit code, or mean something else as one. */
function exitCodesOf(podFailure: PodFailure): number[] {
  return Object.values(OUTCOMES)
    .filter((row) => row.podFailure === podFailure && row.saidBy === "runtime")
    .map((row) => row.exitCode);
}

function onExitCodes(codes: readonly number[]) {
  return { containerName: CONTAINER_NAME, operator: "In", values: [...codes].sort((left, right) => left - right) };
}
