import { CANCELLED_ANNOTATION, CANCELLED_BY_ANNOTATION } from "../../history/cancellation.ts";
import { type PodObject, runningContainers } from "../../history/run-objects.ts";
import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** A person ended it, or something deleted its pod. It is so from the moment when it was asked for, whatever is still to end then. */
export const cancelled: Cause<"cancelled", RunSnapshot> = {
  name: "cancelled",
  find({ record: { phase, report }, objects, run, namespace }) {
    const { [CANCELLED_ANNOTATION]: byHand, [CANCELLED_BY_ANNOTATION]: who } = objects.job.metadata.annotations ?? {};
    if (phase === "finished" ? report.outcome !== "cancelled" : byHand === undefined) return undefined;
    const ending = objects.pods.filter((pod) => runningContainers(pod).length > 0);
    const how = byHand === undefined ? ": its pod got SIGTERM" : ` by ${who ?? "hand"}`;
    return {
      what: `it was cancelled${how}${ending.length === 0 ? "" : "; its pod is still ending"}`,
      evidence: [
        byHand === undefined
          ? `report: ${report.error?.message ?? report.outcome}`
          : `Job ${namespace}/${run}: cancelled ${byHand}`,
        ...ending.map(timeLeft),
      ],
      next:
        phase === "finished"
          ? `errand retry ${run} -n ${namespace}`
          : `Nothing: it ends by itself; for what it leaves: errand result ${run} -n ${namespace} --wait`,
    };
  },
};

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination */
function timeLeft(pod: PodObject): string {
  const { name, deletionTimestamp } = pod.metadata;
  const end = deletionTimestamp === undefined ? "is about to be told to end" : `has until ${deletionTimestamp} to end`;
  return `pod ${name}: container ${runningContainers(pod).join(", ")} ${end}`;
}
