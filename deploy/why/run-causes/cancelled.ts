import { CANCELLED_ANNOTATION } from "../../history/cancellation.ts";
import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** A person ended it, or something deleted its pod. */
export const cancelled: Cause<"cancelled", RunSnapshot> = {
  name: "cancelled",
  find({ record: { phase, report }, objects, run, namespace }) {
    if (phase !== "finished" || report.outcome !== "cancelled") return undefined;
    const byHand = objects.job.metadata.annotations?.[CANCELLED_ANNOTATION];
    return {
      what: `it was cancelled${byHand === undefined ? ": its pod got SIGTERM" : " by hand"}`,
      evidence: [
        byHand === undefined
          ? `report: ${report.error?.message ?? report.outcome}`
          : `Job ${namespace}/${run}: cancelled ${byHand}`,
      ],
      next: `errand retry ${run} -n ${namespace}`,
    };
  },
};
