import { isPastDeadline } from "../../history/pod-end.ts";
import type { Cause } from "../finding.ts";
import type { RunSnapshot } from "../snapshots.ts";

/** The job's own timeout passed, or a deadline of Kubernetes above it. */
export const timedOut: Cause<"timedOut", RunSnapshot> = {
  name: "timedOut",
  find({ record: { phase, report }, objects, job, namespace }) {
    if (phase !== "finished" || report.outcome !== "timedOut") return undefined;
    const byKubernetes = report.error?.reason === "DeadlineExceeded";
    const pod = objects.pods.find(isPastDeadline);
    const { activeDeadlineSeconds } = pod?.spec ?? objects.job.spec ?? {};
    return {
      what: byKubernetes
        ? `Kubernetes ended it at its ${pod === undefined ? "Job" : "pod"}'s deadline of ${activeDeadlineSeconds} s`
        : "it took longer than the job's `timeout`",
      evidence: [
        `${byKubernetes ? (pod === undefined ? "Job" : `pod ${pod.metadata.name}`) : "report"}: ${report.error?.message}`,
        ...(report.progress === undefined ? [] : [`last progress: ${JSON.stringify(report.progress)}`]),
      ],
      next:
        (byKubernetes ? report.error?.hint : undefined) ??
        `Raise \`timeout\` in the job file, or do less in a run; how long others took: errand history ${job} -n ${namespace}`,
    };
  },
};
