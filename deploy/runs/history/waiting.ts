import { CONTAINER_NAME } from "../../settings/own-fields.ts";
import { howToMake, missingObject } from "./missing-object.ts";
import type { EventObject, JobObject, PodObject } from "./run-objects.ts";
import { schedulingObstacles } from "./scheduling.ts";

/** Why a run does not run yet. */
export interface Waiting {
  /** A word of Kubernetes, such as `ImagePullBackOff`, `Unschedulable` or `FailedCreate`. */
  readonly reason: string;
  readonly message: string;
}

type ContainerStatus = NonNullable<NonNullable<PodObject["status"]>["containerStatuses"]>[number];

/**
 * Why a pod's container has not started; undefined where it has.
 *
 * @param events about the pod: while the kubelet prepares it, they alone say how far it is
 */
export function podWaiting(pod: PodObject, events: readonly EventObject[] = []): Waiting | undefined {
  const { containerStatuses = [], conditions = [] } = pod.status ?? {};
  const container = containerStatuses.find(({ name }) => name === CONTAINER_NAME) ?? containerStatuses[0];
  if (container?.state?.running || container?.state?.terminated) return undefined;
  const { phase, reason, message: said } = pod.status ?? {};
  // The kubelet refused it: the scheduler and the node did not agree on what there is.
  if (phase === "Failed" && reason) return { reason, message: said ?? "the node rejected its pod" };
  const before = initWaiting(pod);
  if (before !== undefined) return before;
  const waiting = container?.state?.waiting;
  const preparing = PREPARING.includes(waiting?.reason ?? "ContainerCreating") ? lastStep(pod, events) : undefined;
  if (preparing !== undefined) return preparing;
  if (waiting) return { reason: waiting.reason ?? "Waiting", message: waiting.message ?? "creating container" };
  const unscheduled = conditions.find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled)
    return { reason: unscheduled.reason ?? "Unscheduled", message: unscheduled.message ?? "no node yet" };
  const node = pod.spec?.nodeName;
  const message = node === undefined ? "its pod waits for a node" : `node ${node} has not begun to start its pod`;
  return { reason: "Pending", message };
}

/** What the kubelet calls a container that it has not begun to start. */
const PREPARING = ["ContainerCreating", "PodInitializing"];

/** The steps of the kubelet, in their order, as far as they tell why it takes long. */
const STEPS = ["FailedMount", "Pulling", "Pulled", "Created", "Started"];

/** What the kubelet does, or cannot do, at the moment. */
function lastStep(pod: PodObject, events: readonly EventObject[]): Waiting | undefined {
  const timeOf = ({ lastTimestamp, eventTime, metadata }: EventObject) =>
    Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp);
  const [last] = events
    .filter(({ reason = "", involvedObject }) => STEPS.includes(reason) && involvedObject?.uid === pod.metadata.uid)
    // Events of one second come in the order of the steps.
    .toSorted((left, right) => timeOf(right) - timeOf(left) || stepOf(right) - stepOf(left));
  if (last?.reason !== "FailedMount" && last?.reason !== "Pulling") return undefined;
  return { reason: last.reason, message: last.message?.trim() ?? "" };
}

function stepOf({ reason = "" }: EventObject): number {
  return STEPS.indexOf(reason);
}

/**
 * What keeps a job's container waiting that has to be over before it, or, for a native sidecar, to be up.
 * https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#detailed-behavior
 */
function initWaiting({ spec, status }: PodObject): Waiting | undefined {
  for (const { name, restartPolicy } of spec?.initContainers ?? []) {
    const found = status?.initContainerStatuses?.find((each) => each.name === name);
    const isSidecar = restartPolicy === "Always";
    if (found === undefined) return undefined;
    if (isSidecar ? found.started === true : found.state?.terminated?.exitCode === 0) continue;
    return initState(`${isSidecar ? "sidecar" : "init container"} ${name}`, found);
  }
  return undefined;
}

function initState(who: string, { state, lastState }: ContainerStatus): Waiting | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  const how =
    ended === undefined ? "" : ` (it ended with exit code ${ended.exitCode}${ended.reason ? `, ${ended.reason}` : ""})`;
  if (state?.running) return { reason: "PodInitializing", message: `${who} is not done yet${how}` };
  if (state?.terminated)
    return { reason: "InitError", message: `${who} failed${how}: ${ended?.message ?? "see its log"}` };
  const { reason = "PodInitializing", message = "is being created" } = state?.waiting ?? {};
  return reason === "PodInitializing" && ended === undefined
    ? undefined
    : { reason, message: `${who}: ${message}${how}` };
}

/** Why a Job has no pod. */
export function jobWaiting(job: JobObject, events: readonly EventObject[]): Waiting {
  if (job.spec?.suspend) return { reason: "Suspended", message: "its Job is suspended" };
  const failed = events.filter(({ reason, type }) => reason === "FailedCreate" && type === "Warning").at(-1);
  if (failed) return { reason: "FailedCreate", message: failed.message ?? "its pod cannot be created" };
  return { reason: "Pending", message: "creating pod" };
}

/** Waiting that does not pass by itself, and what helps. Undefined for what may still pass. */
export function stuckHint({ reason, message }: Waiting, pod?: PodObject): string | undefined {
  if (/^(ErrImage|ImagePull|InvalidImageName|ErrImageNeverPull)/.test(reason)) {
    return "Can the node pull this image? Choose another with `errand deploy --image`.";
  }
  if (reason === "CreateContainerConfigError" || reason === "FailedMount") {
    const missing = missingObject(message, pod);
    if (missing !== undefined) return `${howToMake(missing, pod?.metadata.namespace, pod)}; its pod then starts`;
    return reason === "FailedMount" ? undefined : configHint(message);
  }
  if (reason === "CrashLoopBackOff" || reason === "InitError") return "See its log: kubectl logs POD -c CONTAINER";
  if (reason === "Unschedulable" || reason === "SchedulingGated") {
    const [{ what, next } = { what: "", next: "" }] = schedulingObstacles({ reason, message });
    return `${what[0]?.toUpperCase()}${what.slice(1)}. ${next}`;
  }
  if (reason !== "FailedCreate") return undefined;
  if (message.includes("exceeded quota")) return "The namespace's quota is used up: kubectl describe quota";
  if (message.includes("PodSecurity")) return "The namespace's Pod Security level refuses the pod.";
  if (message.includes("serviceaccount")) return "Its ServiceAccount is missing: deploy again.";
  return "See: kubectl get events";
}

/** Where the kubelet cannot make the container's settings, for another reason than a missing object. */
export function configHint(message: string): string {
  if (/runAsNonRoot/.test(message)) {
    return "Its image runs as root or as a user without a numeric id: set `pod.spec.securityContext.runAsUser`, or use another image.";
  }
  return "Create what the message names, or deploy the job again: errand deploy FILE";
}
