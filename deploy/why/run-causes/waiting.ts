import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** It has not begun, or waits for its next attempt, and nothing says that it will not. */
export const waiting: Cause<"waiting", RunSnapshot> = {
  name: "waiting",
  find({ record, run, namespace }) {
    if (record.phase !== "waiting") return undefined;
    const { reason, message } = record.waiting;
    return {
      what: "it waits",
      evidence: [`${reason}: ${message}`],
      next: record.hint ?? `Wait for it: errand result ${run} -n ${namespace} --wait`,
    };
  },
};
