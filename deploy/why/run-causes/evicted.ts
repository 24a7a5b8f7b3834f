import type { PodObject } from "../../history/run-objects.ts";
import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** The node or an eviction ended its pod. Kubernetes starts another, which is no failure. */
export const evicted: Cause<"evicted", RunSnapshot> = {
  name: "evicted",
  find({ record: { phase, report }, objects, run, namespace }) {
    const found = objects.pods.map(disruptionOf).find((text) => text !== undefined);
    if (found === undefined || (phase === "finished" && report.outcome !== "evicted")) return undefined;
    return {
      what: `its pod was evicted${phase === "finished" ? "" : "; Kubernetes starts it again, and it does not count as a failure"}`,
      evidence: [found],
      next:
        phase === "finished"
          ? `errand retry ${run} -n ${namespace}; where it happens often, see the job's \`resources\` and kubectl describe nodes`
          : `Nothing: it runs again by itself; see errand status ${run} -n ${namespace}`,
    };
  },
};

/** https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions */
function disruptionOf({ metadata, status }: PodObject): string | undefined {
  const condition = status?.conditions?.find((each) => each.type === "DisruptionTarget" && each.status === "True");
  if (condition === undefined && status?.reason !== "Evicted") return undefined;
  const reason = condition?.reason ?? status?.reason;
  return `pod ${metadata.name}: ${reason}: ${(status?.message || condition?.message || "evicted").trim()}`;
}
