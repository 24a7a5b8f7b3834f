import { CONTAINER_NAME } from "../../manifests/pod-names.ts";
import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** An init container or a native sidecar, which must be over, or up, before the job's container starts, does not get there. */
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
      next: `See what it says: kubectl logs ${pod.metadata.name} -c ${stuck.name} -n ${namespace}; it comes from \`pod\` or from whoever injects it; a run that waits: errand cancel ${run} -n ${namespace}`,
    };
  },
};
