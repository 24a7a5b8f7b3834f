import { KubeError, type KubeErrorOptions } from "./kube-error.ts";

export interface LimitExceededFields extends KubeErrorOptions {
  readonly verb: string;
  readonly resource: string;
  /** The bound that would have been crossed: a number of mutations. */
  readonly max: number;
}

/** One mutation more than `limits` allows was asked for; it was not made. */
export class LimitExceededError extends KubeError {
  override readonly name = "LimitExceededError";
  readonly reason = "LimitExceeded";
  readonly verb: string;
  readonly resource: string;
  readonly max: number;

  constructor(message: string, fields: LimitExceededFields) {
    super(message, fields);
    this.verb = fields.verb;
    this.resource = fields.resource;
    this.max = fields.max;
  }
}
