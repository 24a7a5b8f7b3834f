import type { BuiltinObjects } from "../../../runtime/kube/generated/builtin.ts";
import type { OwnerReference, Returned } from "../../../runtime/kube/surface/objects.ts";

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

/** On the Job of a run that a person ended: when, RFC 3339. Without it the Job's end would look like a passed deadline. */
export const CANCELLED_ANNOTATION = "errand/cancelled";

/** On the Job of a run that a person ended: who that was, as the API server knows him. */
export const CANCELLED_BY_ANNOTATION = "errand/cancelled-by";

/** On the Job of a run whose pod is gone: the report that the pod left. */
export const REPORT_ANNOTATION = "errand/report";

/** A deadline that has passed already: the one way to end a Job for good that leaves the Job itself in place. */
export const PASSED_DEADLINE_SECONDS = 1;

/** What shows whose an object is. Labels do not: whoever may create an object chooses them. */
interface Owned {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] | undefined };
}

/** True for a run of this very CronJob: by its schedule, by `errand trigger` or by `kubectl create job --from`, which all name it by its uid. */
export function isRunOf({ metadata: { uid } }: { readonly metadata: { readonly uid: string } }, job: Owned): boolean {
  return (job.metadata.ownerReferences ?? []).some((owner) => owner.kind === "CronJob" && owner.uid === uid);
}

/** True for a Job that belongs to nothing any more, as those do whose job was removed while they stayed. */
export function isOrphan({ metadata: { ownerReferences = [] } }: Owned): boolean {
  return ownerReferences.length === 0;
}

/** True for a pod that the Job controller made for this very Job. */
export function isPodOf({ metadata: { uid } }: { readonly metadata: { readonly uid: string } }, pod: Owned): boolean {
  const owners = pod.metadata.ownerReferences ?? [];
  return owners.some((owner) => owner.kind === "Job" && owner.uid === uid && owner.controller === true);
}

/** How often the run had failed before this pod. */
export function failuresBefore(pod: PodObject): number {
  const count = Number(pod.metadata.annotations?.[FAILURE_COUNT_ANNOTATION] ?? 0);
  return Number.isSafeInteger(count) && count >= 0 ? count : 0;
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
