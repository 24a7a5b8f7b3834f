import type { EventObject, JobObject, PodObject } from "./run-objects.ts";

/** Why a run does not run yet. */
export interface Waiting {
  /** A word of Kubernetes, such as `ImagePullBackOff`, `Unschedulable` or `FailedCreate`. */
  readonly reason: string;
  readonly message: string;
}

/** Why a pod's container has not started; undefined where it has. */
export function podWaiting(pod: PodObject): Waiting | undefined {
  const [container] = pod.status?.containerStatuses ?? [];
  if (container?.state?.running || container?.state?.terminated) return undefined;
  const waiting = container?.state?.waiting;
  if (waiting)
    return { reason: waiting.reason ?? "Waiting", message: waiting.message ?? "its container is being made" };
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled)
    return { reason: unscheduled.reason ?? "Unscheduled", message: unscheduled.message ?? "no node yet" };
  return { reason: "Pending", message: "its pod waits for a node" };
}

/** Why a Job has no pod. */
export function jobWaiting(job: JobObject, events: readonly EventObject[]): Waiting {
  if (job.spec?.suspend) return { reason: "Suspended", message: "its Job is suspended" };
  const failed = events.filter(({ reason, type }) => reason === "FailedCreate" && type === "Warning").at(-1);
  if (failed) return { reason: "FailedCreate", message: failed.message ?? "its pod cannot be created" };
  return { reason: "Pending", message: "its pod is being made" };
}

/** Waiting that does not pass by itself, and what helps. Undefined for what may still pass. */
export function stuckHint({ reason, message }: Waiting): string | undefined {
  if (/^(ErrImage|ImagePull|InvalidImageName|ErrImageNeverPull)/.test(reason)) {
    return "Can the node pull this image? Choose another with `errand deploy --image`.";
  }
  if (reason === "CreateContainerConfigError")
    return "A ConfigMap or Secret that the pod needs is missing: deploy again.";
  if (reason === "Unschedulable")
    return "No node has room for it: see `resources` in the job file, and the nodes' taints.";
  if (reason !== "FailedCreate") return undefined;
  if (message.includes("exceeded quota")) return "The namespace's quota is used up: kubectl describe quota";
  if (message.includes("PodSecurity")) return "The namespace's Pod Security level refuses the pod.";
  if (message.includes("serviceaccount")) return "Its ServiceAccount is missing: deploy again.";
  return "See: kubectl get events";
}
