import { KubeError, type KubeErrorOptions } from "./kube-error.ts";

/** A call went to a namespace that the job's `scope` does not name; nothing was sent. */
export class OutOfScopeError extends KubeError {
  override readonly name = "OutOfScopeError";
  readonly reason = "NotDeclared";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}
