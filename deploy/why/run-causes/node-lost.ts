import { terminatedState } from "../../history/pod-end.ts";
import type { PodObject } from "../../history/run-objects.ts";
import type { Cause } from "../finding.ts";
import { lastEvent, quoteEvent, type RunSnapshot } from "../snapshots.ts";

/** Its pod is bound to a node that is gone or does not answer: nothing there starts, ends or is told, and the Job waits for it. */
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
      what: `its pod is on node ${node}, which ${found.how}${deletionTimestamp === undefined ? "" : ": the pod is to end, and only its node can say that it has"}`,
      evidence: [
        ...found.evidence,
        ...(deletionTimestamp === undefined ? [] : [`pod ${name}: to be deleted since ${deletionTimestamp}`]),
      ],
      next: `kubectl describe node ${node}; when it is back, the run goes on or is tried again by itself; ${gone} (or: kubectl delete pod ${name} -n ${namespace} --force)`,
    };
  },
};

/** From the Node where it may be read, else from what the node controller says at the pod. https://kubernetes.io/docs/concepts/architecture/nodes/#condition */
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
