import { KubeError, type KubeErrorOptions } from "./kube-error.ts";

/** A call that the plan does not list was asked for; nothing was sent, and the run stops. */
export class NotPlannedError extends KubeError {
  override readonly name = "NotPlannedError";
  readonly reason = "NotPlanned";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** An object is not what it was when the plan was made; it was left as it is. */
export class PlanChangedError extends KubeError {
  override readonly name = "PlanChangedError";
  readonly reason = "PlanChanged";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}
