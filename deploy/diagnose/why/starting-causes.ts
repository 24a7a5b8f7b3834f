import { explainAnswer } from "../../cluster/explain-answer.ts";
import { refusalIn } from "../../release/explain-refusal.ts";
import { terminatedState } from "../../runs/history/ends.ts";
import { howToMake, missingObject } from "../../runs/history/missing-object.ts";
import { JOB_NAME_LABEL, type PodObject } from "../../runs/history/run-objects.ts";
import { schedulingObstacles } from "../../runs/history/scheduling.ts";
import { configHint } from "../../runs/history/waiting.ts";
import { CONTAINER_NAME } from "../../settings/own-fields.ts";
import { type Cause, lastEvent, quoteEvent, type RunSnapshot, timeOf } from "./cause.ts";
import { describeMissing } from "./snapshots.ts";

// Causes of a run that does not start: its pod is not created, not placed, or its containers do not start.

/** No pod could be created because the namespace's quota is used up. */
export const quotaExceeded: Cause<"quotaExceeded", RunSnapshot> = {
  name: "quotaExceeded",
  find({ objects, quotas, pod, namespace }) {
    const event = pod === undefined ? lastEvent(objects.events, "FailedCreate") : undefined;
    if (!event?.message?.includes("exceeded quota")) return undefined;
    const full = quotas.filter(({ metadata }) => event.message?.includes(`exceeded quota: ${metadata.name}`));
    return {
      what: "it has no pod: the namespace's quota is used up",
      evidence: [quoteEvent(event), ...full.map(({ metadata, status }) => `quota ${metadata.name}: ${usage(status)}`)],
      next: `Free or raise it (kubectl describe quota -n ${namespace}), or lower the job's \`resources\`; Kubernetes retries until the run's deadline`,
    };
  },
};

function usage({ hard = {}, used = {} }: NonNullable<RunSnapshot["quotas"][number]["status"]> = {}): string {
  return Object.entries(hard)
    .map(([resource, most]) => `${resource} ${used[resource] ?? 0} of ${most}`)
    .join(", ");
}

/** No pod could be created, for another reason than a quota. */
export const podRefused: Cause<"podRefused", RunSnapshot> = {
  name: "podRefused",
  find({ objects, pod, job, namespace }) {
    const event = pod === undefined ? lastEvent(objects.events, "FailedCreate") : undefined;
    if (event === undefined) return undefined;
    const account = /serviceaccount "([^"]+)" not found/.exec(event.message ?? "")?.[1];
    const explained = explainAnswer(refusalIn(event.message ?? "", namespace));
    const isKnown = explained !== undefined && !explained.says.startsWith("refused by the API server: ");
    const refused = isKnown ? explained.says : "the API server refuses it";
    return {
      what: `it has no pod: ${account === undefined ? refused : `its ServiceAccount ${account} is missing`}`,
      evidence: [quoteEvent(event)],
      next:
        account !== undefined
          ? "Deploy the job again: errand deploy FILE"
          : event.message?.includes("violates PodSecurity")
            ? `Something beyond the restricted level was added to the template after the deploy: errand diff FILE -n ${namespace}`
            : (explained?.hint ??
              `See what refuses it, such as an admission webhook: kubectl describe job -l app.kubernetes.io/name=${job} -n ${namespace}`),
    };
  },
};

/** Its pod is bound to a node that is gone or does not answer: nothing starts, ends or reports there, so the Job waits. */
export const nodeLost: Cause<"nodeLost", RunSnapshot> = {
  name: "nodeLost",
  find(snapshot) {
    const { pod, record, namespace } = snapshot;
    const node = pod?.spec?.nodeName;
    if (pod === undefined || node === undefined || record.phase === "finished") return undefined;
    if (terminatedState(pod) !== undefined) return undefined;
    const found = stateOfNode(snapshot);
    if (found === undefined) return undefined;
    const { deletionTimestamp, name } = pod.metadata;
    const gone = `if the machine is gone for good: kubectl delete node ${node}, after which Kubernetes ends the pod`;
    return {
      what: `its pod is on node ${node}, which ${found.how}${deletionTimestamp === undefined ? "" : ": the pod is being deleted, and only its node can confirm it"}`,
      evidence: [
        ...found.evidence,
        ...(deletionTimestamp === undefined ? [] : [`pod ${name}: to be deleted since ${deletionTimestamp}`]),
      ],
      next: `kubectl describe node ${node}; when it is back, the run goes on or is retried; ${gone} (or: kubectl delete pod ${name} -n ${namespace} --force)`,
    };
  },
};

/** From the Node if it may be read, else from what the node controller notes on the pod. https://kubernetes.io/docs/concepts/architecture/nodes/#condition */
function stateOfNode({ node, pod, objects }: RunSnapshot) {
  const name = pod?.spec?.nodeName;
  if (node === "gone") return { how: "is gone", evidence: [`Node ${name}: not found`] };
  if (node === undefined) return stateByPod(pod, lastEvent(objects.events, "NodeNotReady"));
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "True") return undefined;
  const words = ready === undefined ? "it has never reported" : `${ready.reason}: ${ready.message}`;
  const since = ready?.lastTransitionTime === undefined ? "" : ` since ${ready.lastTransitionTime}`;
  const how = ready?.status === "False" ? "is not ready" : "does not answer";
  return { how: `${how}${since}`, evidence: [`Node ${name}: Ready is ${ready?.status ?? "Unknown"}: ${words}`] };
}

function stateByPod(pod: PodObject | undefined, event: ReturnType<typeof lastEvent>) {
  const { phase, reason, conditions = [] } = pod?.status ?? {};
  const taint = conditions.find((each) => each.type === "DisruptionTarget" && each.reason === "DeletionByTaintManager");
  const evidence = [
    ...(event === undefined ? [] : [quoteEvent(event)]),
    ...(phase === "Unknown" || reason === "NodeLost" ? [`pod ${pod?.metadata.name}: ${reason ?? phase}`] : []),
    ...(taint === undefined ? [] : [`pod ${pod?.metadata.name}: ${taint.reason}: ${taint.message}`]),
  ];
  return evidence.length === 0 ? undefined : { how: "does not answer", evidence };
}

const IMAGE_REASONS =
  /^(ErrImage|ImagePull|InvalidImageName|ErrImageNeverPull|RegistryUnavailable|SignatureValidation)/;

/** What registries and container runtimes report, and what helps. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/toomanyrequests|rate limit|429/i, "The registry limits pulls: set `imagePullSecrets` in `pod`, or use a mirror"],
  [
    /unauthorized|authentication required|no basic auth|denied|forbidden/i,
    "The registry requires credentials, or has no such image: kubectl create secret docker-registry …, and `imagePullSecrets` in `pod`",
  ],
  [/manifest unknown|not found|does not exist|name unknown/i, "There is no such image or tag: correct its name"],
  [
    /no match for platform|exec format/i,
    "It is not built for the nodes' architecture: use one that is, or set `nodeSelector` in `pod`",
  ],
  [
    /no such host|connection refused|timeout|timed out|unreachable|x509|certificate|tls:/i,
    "The node cannot reach the registry, or does not trust it",
  ],
  [/InvalidImageName|invalid reference format/i, "That is not a valid image name"],
  [
    /ErrImageNeverPull|is not present with pull policy of Never/i,
    "The node does not have it and may not pull it: `imagePullPolicy` is Never",
  ],
];

/** The node cannot get a container's image. */
export const imageUnavailable: Cause<"imageUnavailable", RunSnapshot> = {
  name: "imageUnavailable",
  find({ objects, pod, record, job, namespace }) {
    const reason = record.phase === "waiting" ? record.waiting.reason : record.report.error?.reason;
    const ended = record.phase === "finished" && record.report.outcome === "neverStarted";
    const told = objects.events.filter(({ message }) => / image /i.test(message ?? ""));
    const event = lastEvent(told, "Failed");
    const fromEvents = ended && event !== undefined;
    if (!IMAGE_REASONS.test(reason ?? "") && !fromEvents) return undefined;
    const said = record.phase === "waiting" ? record.waiting.message : record.report.error?.message;
    const remedy = REMEDIES.find(([pattern]) => pattern.test(`${event?.message ?? ""} ${reason}: ${said}`))?.[1];
    const { what, image } = waitingFor(pod) ?? {
      what: "its image",
      image: (pod?.spec ?? objects.job.spec?.template.spec)?.containers[0]?.image,
    };
    return {
      what: `${what} cannot be pulled: ${image}`,
      evidence: [event === undefined ? `pod: ${reason}: ${said}` : quoteEvent(event)],
      next: `${remedy === undefined ? "" : `${remedy}; `}errand deploy FILE -n ${namespace} --image IMAGE with one that the nodes can pull; to end the waiting run: errand cancel ${job} -n ${namespace}`,
    };
  },
};

/** Another container whose image is missing, rather than the job's. */
function waitingFor(pod: PodObject | undefined) {
  const { initContainerStatuses = [], containerStatuses = [] } = pod?.status ?? {};
  const stuck = initContainerStatuses.find(({ state }) => IMAGE_REASONS.test(state?.waiting?.reason ?? ""));
  if (stuck === undefined || containerStatuses.some(({ name }) => name === stuck.name)) return undefined;
  return { what: `the image of its container ${stuck.name}`, image: stuck.image };
}

/** An init container or native sidecar, which must complete or start before the job's container, fails. */
export const initContainer: Cause<"initContainer", RunSnapshot> = {
  name: "initContainer",
  find({ pod, record, run, namespace }) {
    const statuses = pod?.status?.initContainerStatuses ?? [];
    const own = pod?.status?.containerStatuses?.find(({ name }) => name === CONTAINER_NAME);
    const hasBegun = own?.state?.running !== undefined || own?.state?.terminated?.startedAt !== undefined;
    const sidecars = (pod?.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
    const stuck = statuses.find(({ state, lastState, restartCount }) => {
      const failed = [state?.terminated, lastState?.terminated].some((end) => end !== undefined && end.exitCode !== 0);
      return failed || (state?.waiting !== undefined && restartCount > 0);
    });
    if (pod === undefined || hasBegun || stuck === undefined) return undefined;
    const word = sidecars.some(({ name }) => name === stuck.name) ? "sidecar" : "init container";
    const end = stuck.state?.terminated ?? stuck.lastState?.terminated;
    const waits = stuck.state?.waiting;
    return {
      what: `${record.phase === "finished" ? "it never started" : "it waits"}: its ${word} ${stuck.name} fails`,
      evidence: [
        `pod ${pod.metadata.name}: ${stuck.name} ended with exit code ${end?.exitCode}${end?.reason ? ` (${end.reason})` : ""}, ${stuck.restartCount} restarts${end?.message ? `: ${end.message.trim()}` : ""}`,
        ...(waits === undefined ? [] : [`${waits.reason}: ${waits.message}`]),
      ],
      next: `See its log: kubectl logs ${pod.metadata.name} -c ${stuck.name} -n ${namespace}; it comes from \`pod\` or was injected; to end the waiting run: errand cancel ${run} -n ${namespace}`,
    };
  },
};

/** No node accepts the pod: too little room, selectors, taints, a volume… */
export const unschedulable: Cause<"unschedulable", RunSnapshot> = {
  name: "unschedulable",
  find({ pod, namespace }) {
    const condition = pod?.status?.conditions?.find(
      ({ type, status }) => type === "PodScheduled" && status === "False",
    );
    if (pod === undefined || condition === undefined) return undefined;
    const { reason = "Unschedulable", message = "no node yet" } = condition;
    const obstacles = schedulingObstacles({ reason, message });
    const cancel = `errand cancel ${pod.metadata.labels?.[JOB_NAME_LABEL]} -n ${namespace}`;
    return {
      what: `it waits: ${obstacles.map(({ what }) => what).join(", or ")}`,
      evidence: [
        `pod ${pod.metadata.name}: ${reason}: ${message}`,
        ...obstacles.flatMap(({ wants }) => wants?.(pod) ?? []),
      ],
      next: `${obstacles.map(({ next }) => next).join("; or: ")}; to end the waiting run: ${cancel}`,
    };
  },
};

/** A ConfigMap or Secret that the pod mounts or reads does not exist or lacks a key. */
export const missingVolume: Cause<"missingVolume", RunSnapshot> = {
  name: "missingVolume",
  find({ objects, record, pod, namespace, missing: known = [] }) {
    if (record.phase !== "waiting") return undefined;
    const { reason, message } = record.waiting;
    const isConfig = reason === "CreateContainerConfigError";
    const isMount = reason === "FailedMount";
    // Before the kubelet says anything, a missing object says enough.
    const isMaking = ["ContainerCreating", "PodInitializing", "Pending"].includes(reason);
    const [looked] = isConfig || isMount || isMaking ? known : [];
    if (!isConfig && !isMount && looked === undefined) return undefined;
    const missing = missingObject(message, pod) ?? looked;
    const event = isMount ? lastEvent(objects.events, reason) : undefined;
    return {
      what:
        missing === undefined
          ? `it waits: ${isConfig ? "its container cannot be set up" : "a volume of its pod cannot be mounted"}`
          : `it waits: ${describeMissing(missing)}`,
      evidence: [event === undefined ? `pod: ${reason}: ${message}` : quoteEvent(event)],
      next:
        missing === undefined
          ? isConfig
            ? configHint(message)
            : `See the message: kubectl describe pod ${pod?.metadata.name} -n ${namespace}; the kubelet keeps trying`
          : `${howToMake(missing, namespace, pod)}; its pod then starts`,
    };
  },
};

/** The node is pulling the image, which takes long if it is large or the registry is slow. */
export const pullingImage: Cause<"pullingImage", RunSnapshot> = {
  name: "pullingImage",
  find({ objects, record, pod, run, namespace }) {
    const event = lastEvent(objects.events, "Pulling");
    if (record.phase !== "waiting" || record.waiting.reason !== "Pulling" || event === undefined) return undefined;
    const image = /"([^"]+)"/.exec(record.waiting.message)?.[1] ?? "its image";
    return {
      what: `it waits: node ${pod?.spec?.nodeName ?? ""} is pulling ${image}, since ${new Date(timeOf(event)).toISOString().replace(".000Z", "Z")}`,
      evidence: [quoteEvent(event)],
      next: `Wait for it: errand result ${run} -n ${namespace} --wait; to end the run: errand cancel ${run} -n ${namespace}`,
    };
  },
};

/** It has not started or waits for its next attempt, and nothing suggests that it never will. */
export const waiting: Cause<"waiting", RunSnapshot> = {
  name: "waiting",
  find({ record, run, namespace }) {
    if (record.phase !== "waiting") return undefined;
    const { reason, message } = record.waiting;
    return {
      what: "it waits",
      evidence: [`${reason}: ${message}`],
      next: record.hint ?? `Wait for it: errand result ${run} -n ${namespace} --wait`,
    };
  },
};
