import { CANCELLED_ANNOTATION } from "../../history/cancellation.ts";
import { terminatedState } from "../../history/pod-end.ts";
import { parseReport } from "../../history/report-text.ts";
import { endCondition } from "../../history/run-objects.ts";
import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** The run itself is over, and another container keeps its pod, and so its Job, alive. */
export const sidecarRunning: Cause<"sidecarRunning", RunSnapshot> = {
  name: "sidecarRunning",
  find({ pod, objects, run, namespace }) {
    const ended = pod === undefined ? undefined : terminatedState(pod);
    if (pod === undefined || ended === undefined || endCondition(objects.job) !== undefined) return undefined;
    // A pod that is to end does so within its grace period: nothing keeps it
    const isEnding = objects.job.metadata.annotations?.[CANCELLED_ANNOTATION] !== undefined;
    if (isEnding || pod.metadata.deletionTimestamp !== undefined) return undefined;
    const left = (pod.status?.containerStatuses ?? []).filter(({ state }) => state?.running ?? state?.waiting);
    if (left.length === 0) return undefined;
    const names = left.map(({ name }) => name).join(", ");
    const states = left.map(
      ({ name, state }) => `${name} ${state?.waiting === undefined ? "is running" : `waits: ${state.waiting.reason}`}`,
    );
    return {
      what: `the run itself is over (${parseReport(ended.message)?.outcome ?? `exit code ${ended.exitCode}`}), and ${names} keeps its pod running: the Job does not end, and the next run waits for it`,
      evidence: [`pod ${pod.metadata.name}: container job has terminated, ${states.join(", ")}`],
      next: `Make it a native sidecar (an initContainer with restartPolicy: Always), or opt out of its injection; now: errand cancel ${run} -n ${namespace}`,
    };
  },
};
