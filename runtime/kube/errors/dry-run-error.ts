import { KubeError, type KubeErrorOptions } from "./kube-error.ts";

/** A call that the API server cannot make as a dry run was asked for in one; nothing was sent. */
export class DryRunError extends KubeError {
  override readonly name = "DryRunError";
  readonly reason = "NoDryRun";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}
