import { KubeError, type KubeErrorOptions } from "./kube-error.ts";

/** The guard refused a call that `access` does not declare; nothing was sent. */
export class NotDeclaredError extends KubeError {
  override readonly name = "NotDeclaredError";
  readonly reason = "NotDeclared";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}
