import type { PodObject } from "../../history/run-objects.ts";
import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** The node or an eviction ended its pod. Kubernetes starts another, which is no failure. */
export const evicted: Cause<"evicted", RunSnapshot> = {
  name: "evicted",
  find({ record: { phase, report }, objects, run, namespace }) {
    const found = objects.pods.map(disruptionOf).find((each) => each !== undefined);
    if (found === undefined || (phase === "finished" && report.outcome !== "evicted")) return undefined;
    return {
      what: `${found.what}${phase === "finished" ? "" : "; Kubernetes starts it again, and it does not count as a failure"}`,
      evidence: [found.words],
      next:
        phase === "finished"
          ? `errand retry ${run} -n ${namespace}; where it happens often, see the job's \`resources\` and kubectl describe nodes`
          : `Nothing: it runs again by itself; see errand status ${run} -n ${namespace}`,
    };
  },
};

/** What took it away, by the condition's reason. https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions */
const TAKEN_BY: Readonly<Record<string, string>> = {
  PreemptionByScheduler: "its pod was preempted: another one with a higher priority needed its place",
  DeletionByTaintManager: "its pod was taken off its node, whose taint it does not tolerate",
  DeletionByPodGC: "its pod was removed, because its node is gone",
};

function disruptionOf({ metadata, status }: PodObject) {
  const condition = status?.conditions?.find((each) => each.type === "DisruptionTarget" && each.status === "True");
  if (condition === undefined && status?.reason !== "Evicted") return undefined;
  const reason = condition?.reason ?? status?.reason ?? "";
  return {
    what: TAKEN_BY[reason] ?? "its pod was evicted",
    words: `pod ${metadata.name}: ${reason}: ${(status?.message || condition?.message || "evicted").trim()}`,
  };
}
