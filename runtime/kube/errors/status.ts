import { isRecord } from "../../job/problem.ts";

/** One cause in a Status. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
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

/** The document that the API server answers with where there is no object to give. */
export interface Status {
  readonly kind: "Status";
  readonly status?: "Success" | "Failure";
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: StatusDetails;
  readonly metadata?: { readonly continue?: string };
}

/** True for any Status document. */
export function isStatus(value: unknown): value is Status {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "Status";
}

/** The longest wait that a server may ask for, in seconds: more than that and the run's own deadline should decide. */
export const MAX_RETRY_AFTER_SECONDS = 60;

/** How long a server asks to wait, in seconds from 0 to 60; undefined for what is no time. */
export function boundedSeconds(asked: unknown): number | undefined {
  return typeof asked === "number" && asked >= 0 ? Math.min(asked, MAX_RETRY_AFTER_SECONDS) : undefined;
}

/** Reads a Status; what is not of the type that it should be is left out. Undefined for any other document. */
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

/** HTTP codes to the reason that Kubernetes gives them, for answers that carry none (proxies, load balancers). */
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

/** The reason of an HTTP code: used only where the answer names none, or one that nobody knows. */
export function reasonOfCode(code: number): string {
  return REASON_BY_CODE[code] ?? "Unknown";
}
