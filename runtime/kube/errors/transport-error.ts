import { KubeError, type KubeErrorOptions } from "./kube-error.ts";

export interface TransportErrorFields extends KubeErrorOptions {
  /** Node's code, such as `ECONNREFUSED`, or ours, such as `CONNECT_TIMEOUT`. */
  readonly code: string;
  /** False where no byte of the request can have reached the server. */
  readonly sent: boolean;
  /** True where the server may have done what was asked. */
  readonly outcomeUnknown: boolean;
}

/** What the message and the hint of an error say where a write may have been made. */
export const NOT_KNOWN = "; whether it was done is not known";
export const LOOK_AT_OBJECT = "read the object to see whether the change was made";

/** The API server gave no answer, or one that cannot be read. */
export class TransportError extends KubeError {
  override readonly name = "TransportError";
  readonly reason = "Unreachable";
  readonly code: string;
  readonly sent: boolean;
  /** True for a write that may have been made: it is not tried again, and reading the object tells. */
  readonly outcomeUnknown: boolean;

  constructor(message: string, fields: TransportErrorFields) {
    super(message, fields);
    this.code = fields.code;
    this.sent = fields.sent;
    this.outcomeUnknown = fields.outcomeUnknown;
  }
}
