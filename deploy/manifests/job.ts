import { DEFAULT_RETRIES, DEFAULT_TIMEOUT } from "../../runtime/job/definition.ts";
import { parseDuration } from "../../runtime/job/duration.ts";
import { podFailurePolicy } from "./pod-failure-policy.ts";
import { type PodInput, podTemplate } from "./pod-template.ts";

/** What each attempt has besides the job's own timeout: scheduling, pulling the image, starting, and ending after SIGTERM. */
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
    activeDeadlineSeconds: activeDeadlineSeconds(input.definition.timeout ?? DEFAULT_TIMEOUT, retries),
    podFailurePolicy: podFailurePolicy(),
    podReplacementPolicy: "Failed",
    template: podTemplate(input),
  };
}

/** The last resort, a little above what the runtime itself keeps to: the job's timeout for each attempt, and the waits between them. */
function activeDeadlineSeconds(timeout: string, retries: number): number {
  const attemptSeconds = Math.ceil(parseDuration(timeout) / 1_000) + MARGIN_SECONDS;
  let seconds = attemptSeconds * (retries + 1);
  for (let retry = 0; retry < retries; retry += 1) {
    seconds += Math.min(FIRST_BACKOFF_SECONDS * 2 ** retry, LONGEST_BACKOFF_SECONDS);
  }
  return seconds;
}
