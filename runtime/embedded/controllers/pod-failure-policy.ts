/** https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy */
export interface PodFailurePolicy {
  readonly rules?: readonly {
    readonly action: string;
    readonly onExitCodes?: { readonly operator: string; readonly values: readonly number[] };
  }[];
}

/** The action of the first rule that an exit code meets; rules about conditions of the pod are met by none here. */
function actionFor(policy: PodFailurePolicy | undefined, exitCode: number): string | undefined {
  return policy?.rules?.find(({ onExitCodes }) => {
    if (!onExitCodes) return false;
    return onExitCodes.values.includes(exitCode) === (onExitCodes.operator === "In");
  })?.action;
}

/** True where a pod that ended so is not replaced by another. */
export function endsJob(policy: PodFailurePolicy | undefined, exitCode: number): boolean {
  const action = actionFor(policy, exitCode);
  return action === "FailJob" || action === "FailIndex";
}

/** True where a pod that ended so does not count. */
export function ignoresFailure(policy: PodFailurePolicy | undefined, exitCode: number): boolean {
  return actionFor(policy, exitCode) === "Ignore";
}
