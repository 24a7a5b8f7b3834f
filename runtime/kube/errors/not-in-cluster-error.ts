import { KubeError, type KubeErrorOptions } from "./kube-error.ts";

/** The process has no service account to speak with, or what is mounted cannot be used. */
export class NotInClusterError extends KubeError {
  override readonly name = "NotInClusterError";
  readonly reason = "NotInCluster";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}
