import { DEFAULT_TIME_ZONE, type JobSettings } from "../../runtime/job/definition.ts";
import { paramsJsonSchema } from "../params/params-schema.ts";
import { shortestIntervalMs } from "../schedule/schedule.ts";
import { jobSpec } from "./job.ts";
import type { PodInput } from "./job-container.ts";
import {
  DESCRIPTION_ANNOTATION,
  type Manifest,
  PARAMS_SCHEMA_ANNOTATION,
  revisionLabels,
  SECRET_PARAMS_ANNOTATION,
} from "./manifest.ts";

/** For a job that only runs when it is triggered: its CronJob is suspended, and would not fire even if somebody resumed it. */
export const NEVER = "0 0 31 2 *";

const CONCURRENCY_POLICIES = { forbid: "Forbid", allow: "Allow", replace: "Replace" } as const;

/** All annotations of an object may have 256 KiB together; a schema of more than this many characters is left out. */
const PARAMS_SCHEMA_LENGTH_MAX = 32_768;

const DEFAULT_SUCCESSES = 3;
const DEFAULT_FAILURES = 5;

/** Below 10 s the controller, which looks every 10 s, may never start a run. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline */
const SHORTEST_STARTING_DEADLINE_SECONDS = 30;
const LONGEST_STARTING_DEADLINE_SECONDS = 12 * 3_600;

/** The CronJob of a job; for one without a schedule it is the suspended template that `errand trigger` makes Jobs from. */
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
      ...annotationsOf(definition),
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

/** Of each run's Job. */
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

/** What people and `errand trigger` read of a deployed job without its file. */
function annotationsOf({ description, params, secretParams = [] }: JobSettings) {
  const schema = paramsJsonSchema(params);
  const text = schema === undefined ? undefined : JSON.stringify(schema);
  const annotations = {
    ...(description === undefined ? {} : { [DESCRIPTION_ANNOTATION]: description }),
    ...(text === undefined || text.length > PARAMS_SCHEMA_LENGTH_MAX ? {} : { [PARAMS_SCHEMA_ANNOTATION]: text }),
    ...(secretParams.length === 0 ? {} : { [SECRET_PARAMS_ANNOTATION]: JSON.stringify(secretParams) }),
  };
  return Object.keys(annotations).length === 0 ? {} : { annotations };
}

/** A run that is later than half of the way to the next one is no longer useful: it is skipped. */
function startingDeadlineSeconds({ definition }: PodInput): number {
  const intervalMs = shortestIntervalMs(definition) ?? Number.POSITIVE_INFINITY;
  const half = Math.floor(intervalMs / 2_000);
  return Math.min(Math.max(half, SHORTEST_STARTING_DEADLINE_SECONDS), LONGEST_STARTING_DEADLINE_SECONDS);
}
