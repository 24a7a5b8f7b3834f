import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** The job's own timeout passed, or the Job's deadline above it. */
export const timedOut: Cause<"timedOut", RunSnapshot> = {
  name: "timedOut",
  find({ record: { phase, report }, objects, job, namespace }) {
    if (phase !== "finished" || report.outcome !== "timedOut") return undefined;
    const byKubernetes = report.error?.reason === "DeadlineExceeded";
    const { activeDeadlineSeconds } = objects.job.spec ?? {};
    return {
      what: byKubernetes
        ? `Kubernetes ended it at its Job's deadline of ${activeDeadlineSeconds} s`
        : "it took longer than the job's `timeout`",
      evidence: [
        `${byKubernetes ? "Job" : "report"}: ${report.error?.message}`,
        ...(report.progress === undefined ? [] : [`last progress: ${JSON.stringify(report.progress)}`]),
      ],
      next: `Raise \`timeout\` in the job file, or do less in a run; how long others took: errand history ${job} -n ${namespace}`,
    };
  },
};
