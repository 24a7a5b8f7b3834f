import type { ResourceAttributes } from "../requests/request.ts";

export interface KubeErrorOptions {
  readonly cause?: unknown;
  /** What to do next, in one line. */
  readonly hint?: string | undefined;
  readonly attributes?: ResourceAttributes | undefined;
}

/** Enough for the pipeline's frames and the job's below them: V8's default is ten. */
const STACK_FRAMES = 40;

/** The base of all errors that the client throws. None of them contains a token, a request body or a Secret's data. */
export abstract class KubeError extends Error {
  /** Stable, for programs: Kubernetes' own reason if the API server gave one. */
  abstract readonly reason: string;
  declare readonly hint?: string;
  declare readonly attributes?: ResourceAttributes;
  /** How many attempts were made. */
  readonly attempts: number = 1;

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.attributes !== undefined) this.attributes = options.attributes;
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = STACK_FRAMES;
    Error.captureStackTrace(this, new.target);
    Error.stackTraceLimit = limit;
  }
}

/** Adds the number of attempts to an error, and the error of the attempt before. */
export function recordAttempts<E extends KubeError>(error: E, attempts: number, previous: unknown): E {
  Object.assign(error, { attempts });
  if (error.cause === undefined && previous !== undefined && previous !== error) {
    Object.defineProperty(error, "cause", { value: previous, configurable: true, enumerable: false, writable: true });
  }
  return error;
}

interface TransportErrorFields extends KubeErrorOptions {
  /** Node's code, such as `ECONNREFUSED`, or ours, such as `CONNECT_TIMEOUT`. */
  readonly code: string;
  /** False if no byte of the request can have reached the server. */
  readonly sent: boolean;
  /** True if the server may have processed the request. */
  readonly outcomeUnknown: boolean;
}

/** In the message and hint of an error if the write may have succeeded. */
export const NOT_KNOWN = "; the outcome is unknown";
export const LOOK_AT_OBJECT = "read the object to see whether the change was made";

/** The API server did not answer, or the answer is unreadable. */
export class TransportError extends KubeError {
  override readonly name = "TransportError";
  readonly reason = "Unreachable";
  readonly code: string;
  readonly sent: boolean;
  /** True for a write that may have succeeded: it is not retried; read the object to find out. */
  readonly outcomeUnknown: boolean;

  constructor(message: string, fields: TransportErrorFields) {
    super(message, fields);
    this.code = fields.code;
    this.sent = fields.sent;
    this.outcomeUnknown = fields.outcomeUnknown;
  }
}

/** `access` does not declare the call; nothing was sent. */
export class NotDeclaredError extends KubeError {
  override readonly name = "NotDeclaredError";
  readonly reason = "NotDeclared";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** The call is outside the job's `scope`; nothing was sent. */
export class OutOfScopeError extends KubeError {
  override readonly name = "OutOfScopeError";
  readonly reason = "NotDeclared";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

interface LimitExceededFields extends KubeErrorOptions {
  readonly verb: string;
  readonly resource: string;
  /** The limit, as a number of objects. */
  readonly max: number;
}

/** The call would have exceeded `limits`; it was not made. */
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

/** The call does not support dry run; nothing was sent. */
export class DryRunError extends KubeError {
  override readonly name = "DryRunError";
  readonly reason = "NoDryRun";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** The plan does not list the call; nothing was sent, and the run stops. */
export class NotPlannedError extends KubeError {
  override readonly name = "NotPlannedError";
  readonly reason = "NotPlanned";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** The object has changed since the plan was made; it was left unchanged. */
export class PlanChangedError extends KubeError {
  override readonly name = "PlanChangedError";
  readonly reason = "PlanChanged";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** The call's timeout passed before its condition was met. */
export class WaitTimeoutError extends KubeError {
  override readonly name = "WaitTimeoutError";
  readonly reason = "WaitTimeout";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** The process has no service account, or the mounted one is unusable. */
export class NotInClusterError extends KubeError {
  override readonly name = "NotInClusterError";
  readonly reason = "NotInCluster";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** A resource as `access` and RBAC rules write it: `pods`, `deployments.apps`, `pods/log`. */
export function resourceText(attributes: Pick<ResourceAttributes, "group" | "resource" | "subresource">): string {
  const main = attributes.group === "" ? attributes.resource : `${attributes.resource}.${attributes.group}`;
  return attributes.subresource === undefined ? main : `${main}/${attributes.subresource}`;
}

/** Describes a request in messages: `delete pods "web-1" in namespace "shop"`. */
export function requestText(attributes: ResourceAttributes | undefined, fallback: string): string {
  if (attributes === undefined) return fallback;
  const name = attributes.name === undefined ? "" : ` "${attributes.name}"`;
  const place = attributes.namespace === undefined ? "" : ` in namespace "${attributes.namespace}"`;
  return `${attributes.verb} ${resourceText(attributes)}${name}${place}`;
}
