import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** It used more memory than its limit. */
export const outOfMemory: Cause<"outOfMemory", RunSnapshot> = {
  name: "outOfMemory",
  find({ record: { phase, report }, pod }) {
    if (phase !== "finished" || report.outcome !== "outOfMemory") return undefined;
    const limit = pod?.spec?.containers[0]?.resources?.limits?.memory;
    return {
      what: `it ran out of memory${limit === undefined ? "" : ` (limit ${limit})`}`,
      evidence: [
        `pod ${pod?.metadata.name}: ${report.error?.message}`,
        ...(report.progress === undefined ? [] : [`last progress: ${JSON.stringify(report.progress)}`]),
      ],
      next: "Raise `resources.limits.memory` in the job file, or hold fewer objects at once: iterate over `list()`.",
    };
  },
};
