import { DEFAULT_RETRIES, DEFAULT_TIME_ZONE, type JobSettings } from "../../runtime/job/definition.ts";
import { FATAL_EXIT_CODE, OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { paramsJsonSchema } from "../params/params-schema.ts";
import { shortestIntervalMs } from "../schedule/schedule.ts";
import { CONTAINER_NAME } from "../settings/own-fields.ts";
import type { PodInput } from "./job-container.ts";
import {
  ALERTS_ANNOTATION,
  DESCRIPTION_ANNOTATION,
  type Manifest,
  PARAMS_SCHEMA_ANNOTATION,
  revisionLabels,
  SECRET_PARAMS_ANNOTATION,
} from "./manifest.ts";
import { attemptSeconds, podTemplate } from "./pod-template.ts";

/** For a job that runs only when it is triggered: its CronJob is suspended, and would never fire even if somebody resumed it. */
export const NEVER = "0 0 31 2 *";

const CONCURRENCY_POLICIES = { forbid: "Forbid", allow: "Allow", replace: "Replace" } as const;

/** All annotations of an object together are limited to 256 KiB; a schema of more characters than this is left out. */
const PARAMS_SCHEMA_LENGTH_MAX = 32_768;

const DEFAULT_SUCCESSES = 3;
const DEFAULT_FAILURES = 5;

/** Below 10 s, the controller, which checks every 10 s, might never create a run. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline */
const SHORTEST_STARTING_DEADLINE_SECONDS = 30;
const LONGEST_STARTING_DEADLINE_SECONDS = 12 * 3_600;

/** The CronJob of a job. Without a schedule it is suspended, and only the template from which `errand trigger` makes Jobs. */
export function cronJob(input: PodInput): Manifest {
  const { name, namespace, definition, bundle } = input;
  const labels = revisionLabels(name, bundle.hash);
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      name,
      namespace,
      labels,
      ...annotationsOf(input),
    },
    spec: {
      schedule: definition.schedule ?? NEVER,
      timeZone: definition.timeZone ?? DEFAULT_TIME_ZONE,
      suspend: definition.schedule === undefined,
      concurrencyPolicy: CONCURRENCY_POLICIES[definition.concurrency ?? "forbid"],
      startingDeadlineSeconds: startingDeadlineSeconds(input),
      successfulJobsHistoryLimit: definition.history?.successes ?? DEFAULT_SUCCESSES,
      failedJobsHistoryLimit: definition.history?.failures ?? DEFAULT_FAILURES,
      jobTemplate: { metadata: jobMetadata(input), spec: jobSpec(input) },
    },
  };
}

/** https://kueue.sigs.k8s.io/docs/tasks/run/jobs/ */
const QUEUE_LABEL = "kueue.x-k8s.io/queue-name";

/** The metadata of each run's Job. */
function jobMetadata({ name, bundle, settings: { labels, annotations, queue } }: PodInput) {
  return {
    labels: {
      ...labels,
      ...(queue === undefined ? {} : { [QUEUE_LABEL]: queue }),
      ...revisionLabels(name, bundle.hash),
    },
    ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** What people and `errand trigger` need to know about a deployed job without its file. */
function annotationsOf({ definition, settings: { alerts } }: PodInput) {
  const { description, params, secretParams = [] } = definition;
  const schema = paramsJsonSchema(params);
  const text = schema === undefined ? undefined : JSON.stringify(schema);
  const annotations = {
    ...(description === undefined ? {} : { [DESCRIPTION_ANNOTATION]: description }),
    ...(text === undefined || text.length > PARAMS_SCHEMA_LENGTH_MAX ? {} : { [PARAMS_SCHEMA_ANNOTATION]: text }),
    ...(secretParams.length === 0 ? {} : { [SECRET_PARAMS_ANNOTATION]: JSON.stringify(secretParams) }),
    ...(alerts === undefined ? {} : { [ALERTS_ANNOTATION]: JSON.stringify(alerts) }),
  };
  return Object.keys(annotations).length === 0 ? {} : { annotations };
}

/** A run that is more than half-way late to the next one is no longer useful and is skipped. */
function startingDeadlineSeconds({ definition }: PodInput): number {
  const intervalMs = shortestIntervalMs(definition) ?? Number.POSITIVE_INFINITY;
  const half = Math.floor(intervalMs / 2_000);
  return Math.min(Math.max(half, SHORTEST_STARTING_DEADLINE_SECONDS), LONGEST_STARTING_DEADLINE_SECONDS);
}

/** An attempt's time beyond its pod's deadline: to be scheduled, and to be ended by the kubelet, which keeps the pod and its report. */
const MARGIN_SECONDS = 60;

/** The Job controller waits between attempts: 10 s, doubled each time, up to 10 min. https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy */
const FIRST_BACKOFF_SECONDS = 10;
const LONGEST_BACKOFF_SECONDS = 600;

/**
 * The spec of a run's Job. It is an Indexed Job with one index, because only then can a pod tell how often it failed before
 * (by the annotation `batch.kubernetes.io/job-index-failure-count`) without any rights.
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

/** The last resort, beyond the limits that the runtime and the kubelet enforce: the time of all attempts, and the waits between them. */
function activeDeadlineSeconds(definition: JobSettings, retries: number): number {
  let seconds = (attemptSeconds(definition) + MARGIN_SECONDS) * (retries + 1);
  for (let retry = 0; retry < retries; retry += 1) {
    seconds += Math.min(FIRST_BACKOFF_SECONDS * 2 ** retry, LONGEST_BACKOFF_SECONDS);
  }
  return seconds;
}

type PodFailure = (typeof OUTCOMES)[keyof typeof OUTCOMES]["podFailure"];

/**
 * What the Job controller does with a failed pod, by the table of outcomes: an evicted or drained pod is replaced and does not count, a failure that a retry cannot
 * fix ends the Job, and any other failure counts and is retried. A pod that was deleted by hand ends its Job as cancelled: with Ignore, the Job would keep the pod
 * until its replacement exists, which blocks the deletion of a namespace while a job runs.
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

/** Only exit codes of the runtime: the others never come from a container, or mean something else there. */
function exitCodesOf(podFailure: PodFailure): number[] {
  return Object.values(OUTCOMES)
    .filter((row) => row.podFailure === podFailure && row.saidBy === "runtime")
    .map((row) => row.exitCode);
}

function onExitCodes(codes: readonly number[]) {
  return { containerName: CONTAINER_NAME, operator: "In", values: [...codes].sort((left, right) => left - right) };
}
