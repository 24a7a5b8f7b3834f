import { KubeError, type KubeErrorOptions } from "./kube-error.ts";
import { boundedSeconds, type StatusCause, type StatusDetails } from "./status.ts";

export interface ApiErrorFields extends KubeErrorOptions {
  readonly code: number;
  readonly reason: string;
  /** Default: false. */
  readonly outcomeUnknown?: boolean;
  readonly details?: StatusDetails | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly auditId?: string | undefined;
  readonly flowSchemaUid?: string | undefined;
  readonly continueToken?: string | undefined;
  /** The server's own words. */
  readonly serverMessage?: string | undefined;
}

/**
 * The API server answered, and the answer is an error.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export class ApiError extends KubeError {
  override readonly name = "ApiError";
  /** HTTP status code. */
  readonly code: number;
  /** Kubernetes' word: `NotFound`, `AlreadyExists`, `Conflict`, `Forbidden`, `Invalid`, `Expired`… */
  readonly reason: string;
  /** True for a write that may have been made all the same (504, 502): it is not tried again, and reading the object tells. */
  readonly outcomeUnknown: boolean;
  readonly details: StatusDetails;
  readonly causes: readonly StatusCause[];
  /** From the Retry-After header or the Status, capped; absent where the server gave none. */
  declare readonly retryAfterSeconds?: number;
  /** Finds the request in the API server's audit log. */
  declare readonly auditId?: string;
  /** Set where API Priority and Fairness answered. */
  declare readonly flowSchemaUid?: string;
  /** With an expired list (410): where its rest can be read, from a newer snapshot. */
  declare readonly continueToken?: string;
  readonly serverMessage: string;

  constructor(message: string, fields: ApiErrorFields) {
    super(message, fields);
    this.code = fields.code;
    this.reason = fields.reason;
    this.outcomeUnknown = fields.outcomeUnknown ?? false;
    this.details = fields.details ?? {};
    this.causes = fields.details?.causes ?? [];
    this.serverMessage = fields.serverMessage ?? "";
    const asked = boundedSeconds(fields.retryAfterSeconds);
    if (asked !== undefined) this.retryAfterSeconds = asked;
    if (fields.continueToken !== undefined) this.continueToken = fields.continueToken;
    if (fields.auditId !== undefined) this.auditId = fields.auditId;
    if (fields.flowSchemaUid !== undefined) this.flowSchemaUid = fields.flowSchemaUid;
  }
}

/** True for an ApiError of this reason; the HTTP code decides only where the server named no reason of its own. */
export function hasReason(error: unknown, reason: string): error is ApiError {
  return error instanceof ApiError && error.reason === reason;
}
