import { isRecord } from "../../job/problem.ts";
import { KubeError, type KubeErrorOptions } from "./kube-error.ts";

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
  /** The server's own message. */
  readonly serverMessage?: string | undefined;
}

/**
 * The API server answered with an error.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export class ApiError extends KubeError {
  override readonly name = "ApiError";
  /** HTTP status code. */
  readonly code: number;
  /** Kubernetes' reason: `NotFound`, `AlreadyExists`, `Conflict`, `Forbidden`, `Invalid`, `Expired`… */
  readonly reason: string;
  /** True for a write that may have succeeded despite the error (504, 502): it is not retried; read the object to find out. */
  readonly outcomeUnknown: boolean;
  readonly details: StatusDetails;
  readonly causes: readonly StatusCause[];
  /** From the Retry-After header or the Status, capped; absent if the server sent none. */
  declare readonly retryAfterSeconds?: number;
  /** Identifies the request in the API server's audit log. */
  declare readonly auditId?: string;
  /** Set if API Priority and Fairness rejected the request. */
  declare readonly flowSchemaUid?: string;
  /** For an expired list (410): continues it from a newer snapshot. */
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

/** True for an ApiError with this reason; the HTTP code decides only if the server gave no reason. */
export function hasReason(error: unknown, reason: string): error is ApiError {
  return error instanceof ApiError && error.reason === reason;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The API server's answer if there is no object to return. */
export interface Status {
  readonly kind: "Status";
  readonly status?: "Success" | "Failure";
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: StatusDetails;
  readonly metadata?: { readonly continue?: string };
}

export function isStatus(value: unknown): value is Status {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "Status";
}

/** The longest wait that a server may request, in seconds; beyond it, the run's own deadline should decide. */
const MAX_RETRY_AFTER_SECONDS = 60;

/** The wait that a server requests, in seconds from 0 to 60; undefined if it is not a valid time. */
export function boundedSeconds(asked: unknown): number | undefined {
  return typeof asked === "number" && asked >= 0 ? Math.min(asked, MAX_RETRY_AFTER_SECONDS) : undefined;
}

/** Reads a Status, leaving out fields of the wrong type. Undefined for any other document. */
export function readStatus(value: unknown): Status | undefined {
  if (!isStatus(value)) return undefined;
  const { status, code, reason, message, metadata, details } = value as Readonly<Record<keyof Status, unknown>>;
  const token = isRecord(metadata) ? metadata.continue : undefined;
  return {
    kind: "Status",
    ...(status === "Success" || status === "Failure" ? { status } : {}),
    ...(typeof code === "number" ? { code } : {}),
    ...(typeof reason === "string" ? { reason } : {}),
    ...(typeof message === "string" ? { message } : {}),
    ...(typeof token === "string" ? { metadata: { continue: token } } : {}),
    ...(isRecord(details) ? { details: readDetails(details) } : {}),
  };
}

function readDetails({ causes, retryAfterSeconds, ...names }: Readonly<Record<string, unknown>>): StatusDetails {
  const asked = boundedSeconds(retryAfterSeconds);
  return {
    ...names,
    ...(Array.isArray(causes) ? { causes: causes.filter(isRecord) } : {}),
    ...(asked === undefined ? {} : { retryAfterSeconds: asked }),
  };
}

/** Kubernetes' reasons by HTTP code, for answers without one (proxies, load balancers). */
const REASON_BY_CODE: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** The reason for an HTTP code, if the answer has none or an unknown one. */
export function reasonOfCode(code: number): string {
  return REASON_BY_CODE[code] ?? "Unknown";
}
