import { JOB_NAME_LABEL } from "../../history/run-objects.ts";
import { schedulingObstacles } from "../../history/scheduling.ts";
import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** No node takes the pod: for want of room, by its selectors, by taints, for a volume… */
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
      next: `${obstacles.map(({ next }) => next).join("; or: ")}; a run that waits: ${cancel}`,
    };
  },
};
