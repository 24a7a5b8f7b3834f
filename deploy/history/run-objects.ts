import type { Returned } from "../../runtime/kube/objects.ts";
import type { BuiltinObjects } from "../../runtime/kube/types/builtin.ts";

export type JobObject = Returned<BuiltinObjects["jobs"]>;
export type PodObject = Returned<BuiltinObjects["pods"]>;
export type EventObject = Returned<BuiltinObjects["events"]>;

/** What Kubernetes still knows of one run. */
export interface RunObjects {
  readonly job: JobObject;
  /** The run's pods, one an attempt; those of finished Jobs may be gone. */
  readonly pods: readonly PodObject[];
  /** Events about the Job and its pods; Kubernetes forgets them after an hour. */
  readonly events: readonly EventObject[];
}

const FAILURE_COUNT_ANNOTATION = "batch.kubernetes.io/job-index-failure-count";
export const JOB_NAME_LABEL = "batch.kubernetes.io/job-name";
export const SCHEDULED_TIME_ANNOTATION = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/** On Jobs that were made from a CronJob by hand; kubectl's own word. */
export const INSTANTIATE_ANNOTATION = "cronjob.kubernetes.io/instantiate";

/** How often the run had failed before this pod. */
export function failuresBefore(pod: PodObject): number {
  return Number(pod.metadata.annotations?.[FAILURE_COUNT_ANNOTATION] ?? 0);
}

/** The pod of the last attempt. */
export function lastPod(pods: readonly PodObject[]): PodObject | undefined {
  return pods.toSorted(
    (left, right) =>
      failuresBefore(right) - failuresBefore(left) ||
      Date.parse(right.metadata.creationTimestamp) - Date.parse(left.metadata.creationTimestamp),
  )[0];
}

/** The Job's condition that says it is over: Complete or Failed. */
export function endCondition(job: JobObject) {
  return job.status?.conditions?.find(
    ({ type, status }) => status === "True" && (type === "Complete" || type === "Failed"),
  );
}

/** The names of the containers that run; native sidecars aside, which end with the others. */
export function runningContainers(pod: PodObject): string[] {
  return (pod.status?.containerStatuses ?? []).filter(({ state }) => state?.running).map(({ name }) => name);
}
