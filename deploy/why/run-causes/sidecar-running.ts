import { terminatedState } from "../../history/pod-end.ts";
import { endCondition } from "../../history/run-objects.ts";
import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** The run itself is over, and another container keeps its pod, and so its Job, alive. */
export const sidecarRunning: Cause<"sidecarRunning", RunSnapshot> = {
  name: "sidecarRunning",
  find({ pod, objects, record, run, namespace }) {
    if (pod === undefined || endCondition(objects.job) !== undefined || terminatedState(pod) === undefined)
      return undefined;
    const running = (pod.status?.containerStatuses ?? []).filter(({ state }) => state?.running !== undefined);
    if (running.length === 0) return undefined;
    const names = running.map(({ name }) => name).join(", ");
    return {
      what: `the run itself is over (${record.report.outcome}), and ${names} keeps its pod running: the Job does not end, and the next run waits for it`,
      evidence: [`pod ${pod.metadata.name}: container job has terminated, ${names} is running`],
      next: `Make it a native sidecar (an initContainer with restartPolicy: Always), or opt out of its injection; now: errand cancel ${run} -n ${namespace}`,
    };
  },
};
