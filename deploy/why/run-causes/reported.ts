import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

const MEANINGS: Readonly<Record<string, string>> = {
  failed: "the job threw",
  invalid: "its parameters, its file or its result are not what they should be",
  unreachable: "it could not reach the API server",
  limited: "it would have changed more than its `limits` allow",
  killed: "something killed its process",
  lost: "its process ended without a report",
  neverStarted: "it never started",
};

/** What the run itself, or the kubelet, said of its end: every end that has no file of its own. */
export const reported: Cause<"reported", RunSnapshot> = {
  name: "reported",
  find({ record: { phase, report, ...record }, run, namespace }) {
    const meaning = MEANINGS[report.outcome];
    if (phase !== "finished" || meaning === undefined) return undefined;
    const { reason = "", message = "nothing more is known", hint } = report.error ?? {};
    const attempt = report.run.attempt > 1 ? ` in attempt ${report.run.attempt}` : "";
    const log = "pod" in record && record.pod !== undefined ? `errand logs ${run} -n ${namespace}` : undefined;
    return {
      what: `${meaning}${attempt} (${report.outcome})`,
      evidence: [`report: ${reason}: ${message}`],
      next: hint ?? log ?? `Run it again: errand retry ${run} -n ${namespace}`,
    };
  },
};
