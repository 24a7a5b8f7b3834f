import { isPastDeadline, terminatedState } from "../../runs/history/ends.ts";
import { parseReport } from "../../runs/history/report-text.ts";
import {
  CANCELLED_ANNOTATION,
  CANCELLED_BY_ANNOTATION,
  endCondition,
  type PodObject,
  runningContainers,
} from "../../runs/history/run-objects.ts";
import type { Cause, RunSnapshot } from "./cause.ts";

// Causes of how a run ended, or why it cannot end.

/** The run itself has ended, but another container keeps its pod, and so its Job, alive. */
export const sidecarRunning: Cause<"sidecarRunning", RunSnapshot> = {
  name: "sidecarRunning",
  find({ pod, objects, run, namespace }) {
    const ended = pod === undefined ? undefined : terminatedState(pod);
    if (pod === undefined || ended === undefined || endCondition(objects.job) !== undefined) return undefined;
    // A pod that is being deleted ends within its grace period.
    const isEnding = objects.job.metadata.annotations?.[CANCELLED_ANNOTATION] !== undefined;
    if (isEnding || pod.metadata.deletionTimestamp !== undefined) return undefined;
    const left = (pod.status?.containerStatuses ?? []).filter(({ state }) => state?.running ?? state?.waiting);
    if (left.length === 0) return undefined;
    const names = left.map(({ name }) => name).join(", ");
    const states = left.map(
      ({ name, state }) => `${name} ${state?.waiting === undefined ? "is running" : `waits: ${state.waiting.reason}`}`,
    );
    return {
      what: `the run itself has ended (${parseReport(ended.message)?.outcome ?? `exit code ${ended.exitCode}`}), but ${names} keeps its pod running: the Job does not end, and the next run waits for it`,
      evidence: [`pod ${pod.metadata.name}: container job has terminated, ${states.join(", ")}`],
      next: `Make it a native sidecar (an initContainer with restartPolicy: Always), or opt out of its injection; now: errand cancel ${run} -n ${namespace}`,
    };
  },
};

/** A person ended it, or something deleted its pod. It counts as cancelled from that moment, even while containers are still ending. */
export const cancelled: Cause<"cancelled", RunSnapshot> = {
  name: "cancelled",
  find({ record: { phase, report }, objects, run, namespace }) {
    const { [CANCELLED_ANNOTATION]: byHand, [CANCELLED_BY_ANNOTATION]: who } = objects.job.metadata.annotations ?? {};
    if (phase === "finished" ? report.outcome !== "cancelled" : byHand === undefined) return undefined;
    const ending = objects.pods.filter((pod) => runningContainers(pod).length > 0);
    const how = byHand === undefined ? ": its pod got SIGTERM" : ` by ${who ?? "hand"}`;
    return {
      what: `it was cancelled${how}${ending.length === 0 ? "" : "; its pod is still ending"}`,
      evidence: [
        byHand === undefined
          ? `report: ${report.error?.message ?? report.outcome}`
          : `Job ${namespace}/${run}: cancelled ${byHand}`,
        ...ending.map(timeLeft),
      ],
      next:
        phase === "finished"
          ? `errand retry ${run} -n ${namespace}`
          : `Nothing to do: it is ending. To see its report: errand result ${run} -n ${namespace} --wait`,
    };
  },
};

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination */
function timeLeft(pod: PodObject): string {
  const { name, deletionTimestamp } = pod.metadata;
  const end = deletionTimestamp === undefined ? "is about to be told to end" : `has until ${deletionTimestamp} to end`;
  return `pod ${name}: container ${runningContainers(pod).join(", ")} ${end}`;
}

/** An eviction or its node ended its pod. Kubernetes starts another, which does not count as a failure. */
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
          ? `errand retry ${run} -n ${namespace}; if this happens often, see the job's \`resources\` and kubectl describe nodes`
          : `Nothing to do: it will run again. To see it: errand status ${run} -n ${namespace}`,
    };
  },
};

/** What removed the pod, by the condition's reason. https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions */
const TAKEN_BY: Readonly<Record<string, string>> = {
  PreemptionByScheduler: "its pod was preempted by one with a higher priority",
  DeletionByTaintManager: "its pod was removed from its node because of a taint it does not tolerate",
  DeletionByPodGC: "its pod was removed because its node is gone",
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

/** The API server or the guard refused a call. */
export const forbidden: Cause<"forbidden", RunSnapshot> = {
  name: "forbidden",
  find({ record: { phase, report }, objects, role, job, run, namespace }) {
    if (phase !== "finished" || report.outcome !== "denied") return undefined;
    const { reason = "", message = "", hint } = report.error ?? {};
    const account = objects.job.spec?.template.spec?.serviceAccountName ?? "default";
    const own = account === job;
    const evidence = [`report: ${reason}: ${message}`];
    if (reason === "NotDeclared") {
      return {
        what: "errand's guard refused a call that the job does not declare; nothing was sent",
        evidence,
        next: hint ?? "Declare it in the job's `access`, and deploy again.",
      };
    }
    if (reason === "Unauthorized") {
      return {
        what: `the API server did not accept the token of ServiceAccount ${account}`,
        evidence,
        next: `Was the account deleted or recreated during the run? Run it again: errand retry ${run} -n ${namespace}`,
      };
    }
    if (own && role === undefined) {
      return {
        what: `the API server refused a call of ServiceAccount ${account}: its Role is missing`,
        evidence: [...evidence, `Role ${namespace}/${job}: not found`],
        next: "Deploy the job again: errand deploy FILE",
      };
    }
    return {
      what: `the API server refused a call of ServiceAccount ${account}`,
      evidence,
      next: `${hint === undefined ? "" : `${hint} `}To see its rights: errand access ${job} -n ${namespace}`,
    };
  },
};

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
      next: "Raise `resources.limits.memory` in the job file, or keep fewer objects in memory: iterate over `list()`.",
    };
  },
};

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
        `Raise \`timeout\` in the job file, or do less in a run; to see how long other runs took: errand history ${job} -n ${namespace}`,
    };
  },
};

const MEANINGS: Readonly<Record<string, string>> = {
  failed: "the job threw",
  invalid: "its parameters, its file or its result are invalid",
  unreachable: "it could not reach the API server",
  limited: "it would have changed more than its `limits` allow",
  killed: "something killed its process",
  lost: "its process ended without a report",
  neverStarted: "it never started",
};

/** What the run itself or the kubelet said about its end, for every end without a cause of its own. */
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
