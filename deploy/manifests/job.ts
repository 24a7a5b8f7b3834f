import { DEFAULT_RETRIES, type JobSettings } from "../../runtime/job/definition.ts";
import { FATAL_EXIT_CODE, OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { CONTAINER_NAME } from "../settings/own-fields.ts";
import type { PodInput } from "./job-container.ts";
import { attemptSeconds, podTemplate } from "./pod-template.ts";

/** What each attempt has besides the time of its pod: being scheduled, and being ended by the kubelet, which keeps the pod and what is in it. */
const MARGIN_SECONDS = 60;

/** The Job controller waits before it tries again: 10 s, doubled each time, up to 10 min. https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy */
const FIRST_BACKOFF_SECONDS = 10;
const LONGEST_BACKOFF_SECONDS = 600;

/**
 * The spec of a run's Job. It has one index, because only an Indexed Job tells its pod how often it failed before
 * (the annotation `batch.kubernetes.io/job-index-failure-count`), with no rights needed.
 */
export function jobSpec(input: PodInput) {
  const retries = input.definition.retries ?? DEFAULT_RETRIES;
  return {
    completionMode: "Indexed",
    completions: 1,
    parallelism: 1,
    backoffLimitPerIndex: retries,
    activeDeadlineSeconds: activeDeadlineSeconds(input.definition, retries),
    podFailurePolicy: podFailurePolicy(),
    podReplacementPolicy: "Failed",
    template: podTemplate(input),
  };
}

/** The last resort, above what the runtime and the kubelet keep to: the time of each attempt, and the waits between them. */
function activeDeadlineSeconds({ timeout }: JobSettings, retries: number): number {
  let seconds = (attemptSeconds(timeout) + MARGIN_SECONDS) * (retries + 1);
  for (let retry = 0; retry < retries; retry += 1) {
    seconds += Math.min(FIRST_BACKOFF_SECONDS * 2 ** retry, LONGEST_BACKOFF_SECONDS);
  }
  return seconds;
}

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
