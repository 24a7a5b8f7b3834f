import { KubeError, type KubeErrorOptions } from "./kube-error.ts";

/** Something in the cluster did not come about within the time that a call gave it. */
export class WaitTimeoutError extends KubeError {
  override readonly name = "WaitTimeoutError";
  readonly reason = "WaitTimeout";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}
