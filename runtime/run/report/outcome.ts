/** One row of the outcome table. */
interface OutcomeRow {
  /** Exit code of the pod's process, or of the command line if the process could not set one. */
  readonly exitCode: number;
  /** Who reports it: the runtime in the pod, or whoever reads the Pod and the Job afterwards. */
  readonly saidBy: "runtime" | "reader";
  /** How the Job controller treats a pod with this outcome. https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy */
  readonly podFailure: "none" | "count" | "failJob" | "ignore";
  readonly meaning: string;
}

/** All outcomes; the podFailurePolicy, the exit codes and the documentation are derived from them. */
export const OUTCOMES = {
  succeeded: { exitCode: 0, saidBy: "runtime", podFailure: "none", meaning: "the job returned" },
  failed: { exitCode: 1, saidBy: "runtime", podFailure: "count", meaning: "the job threw; retried up to `retries`" },
  invalid: { exitCode: 64, saidBy: "runtime", podFailure: "failJob", meaning: "bad params, job file or result" },
  unreachable: { exitCode: 69, saidBy: "runtime", podFailure: "count", meaning: "no API server or no token" },
  limited: { exitCode: 73, saidBy: "runtime", podFailure: "failJob", meaning: "a limit was crossed" },
  denied: {
    exitCode: 77,
    saidBy: "runtime",
    podFailure: "failJob",
    meaning: "refused by the guard, 401, or 403 for missing rights",
  },
  timedOut: { exitCode: 124, saidBy: "runtime", podFailure: "failJob", meaning: "the job's timeout passed" },
  cancelled: { exitCode: 143, saidBy: "runtime", podFailure: "failJob", meaning: "SIGTERM reached the run" },
  outOfMemory: { exitCode: 137, saidBy: "reader", podFailure: "count", meaning: "killed for memory" },
  evicted: { exitCode: 71, saidBy: "reader", podFailure: "ignore", meaning: "the node or an eviction ended the pod" },
  killed: { exitCode: 72, saidBy: "reader", podFailure: "count", meaning: "another signal ended the process" },
  neverStarted: { exitCode: 74, saidBy: "reader", podFailure: "none", meaning: "image, quota or scheduling" },
  lost: { exitCode: 70, saidBy: "reader", podFailure: "count", meaning: "ended with an unknown outcome" },
  unknown: { exitCode: 76, saidBy: "reader", podFailure: "none", meaning: "a newer errand's outcome" },
} as const satisfies Record<string, OutcomeRow>;

export type Outcome = keyof typeof OUTCOMES;

/** Exit code of a FatalError: the outcome is `failed`, and the Job controller does not retry. */
export const FATAL_EXIT_CODE = 65;

interface Ended {
  readonly outcome: Outcome | "running";
  readonly error?: { readonly reason: string };
}

/**
 * The exit code for a report: of the pod's process, and of every command that waits for a run.
 *
 * @param report with outcome `running`, its process was killed: counts as `lost`
 */
export function exitCodeOf({ outcome, error }: Ended): number {
  if (outcome === "running") return OUTCOMES.lost.exitCode;
  if (outcome === "failed" && error?.reason === "FatalError") return FATAL_EXIT_CODE;
  return OUTCOMES[outcome].exitCode;
}
