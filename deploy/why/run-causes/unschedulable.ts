import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** No node takes the pod. */
export const unschedulable: Cause<"unschedulable", RunSnapshot> = {
  name: "unschedulable",
  find({ pod, namespace }) {
    const condition = pod?.status?.conditions?.find(
      ({ type, status }) => type === "PodScheduled" && status === "False",
    );
    if (pod === undefined || condition === undefined) return undefined;
    const { requests = {} } = pod.spec?.containers[0]?.resources ?? {};
    const wants = Object.entries(requests).map(([resource, amount]) => `${resource} ${amount}`);
    return {
      what: "it waits: no node has room for its pod",
      evidence: [
        `pod ${pod.metadata.name}: ${condition.reason}: ${condition.message}`,
        `it asks for ${wants.join(", ")}`,
      ],
      next: `Ask for less in the job's \`resources.requests\`, or make room: kubectl describe nodes; a run that waits: errand cancel ${pod.metadata.labels?.["batch.kubernetes.io/job-name"]} -n ${namespace}`,
    };
  },
};
