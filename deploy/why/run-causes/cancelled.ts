import { CANCELLED_ANNOTATION, CANCELLED_BY_ANNOTATION } from "../../history/cancellation.ts";
import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** A person ended it, or something deleted its pod. */
export const cancelled: Cause<"cancelled", RunSnapshot> = {
  name: "cancelled",
  find({ record: { phase, report }, objects, run, namespace }) {
    if (phase !== "finished" || report.outcome !== "cancelled") return undefined;
    const { [CANCELLED_ANNOTATION]: byHand, [CANCELLED_BY_ANNOTATION]: who } = objects.job.metadata.annotations ?? {};
    return {
      what: `it was cancelled${byHand === undefined ? ": its pod got SIGTERM" : ` by ${who ?? "hand"}`}`,
      evidence: [
        byHand === undefined
          ? `report: ${report.error?.message ?? report.outcome}`
          : `Job ${namespace}/${run}: cancelled ${byHand}`,
      ],
      next: `errand retry ${run} -n ${namespace}`,
    };
  },
};
