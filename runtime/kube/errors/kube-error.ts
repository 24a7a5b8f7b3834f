import type { ResourceAttributes } from "../requests/request.ts";

/** What every error of the client carries. */
export interface KubeErrorOptions {
  readonly cause?: unknown;
  /** What the person can do next, in one line. */
  readonly hint?: string | undefined;
  /** What the request was about. */
  readonly attributes?: ResourceAttributes | undefined;
}

/** Enough for the pipeline's own frames and the job's below them: V8 keeps ten unless told otherwise. */
const STACK_FRAMES = 40;

/** The base of all errors that the client throws. None of them holds a token, a request body or a Secret's data. */
export abstract class KubeError extends Error {
  /** A stable word for programs: Kubernetes' own where the API server gave one. */
  abstract readonly reason: string;
  declare readonly hint?: string;
  declare readonly attributes?: ResourceAttributes;
  /** How many requests were made before this became the answer. */
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

/** Notes on an error how often its request was tried, and what the try before had met. */
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
  /** False where no byte of the request can have reached the server. */
  readonly sent: boolean;
  /** True where the server may have done what was asked. */
  readonly outcomeUnknown: boolean;
}

/** What the message and the hint of an error say where a write may have been made. */
export const NOT_KNOWN = "; the outcome is unknown";
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

/** The guard refused a call that `access` does not declare; nothing was sent. */
export class NotDeclaredError extends KubeError {
  override readonly name = "NotDeclaredError";
  readonly reason = "NotDeclared";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** A call went to a namespace that the job's `scope` does not name; nothing was sent. */
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
  /** The limit that would have been crossed: a number of objects. */
  readonly max: number;
}

/** A call would have changed more objects than `limits` allows; it was not made. */
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

/** A call that the API server cannot make as a dry run was asked for in one; nothing was sent. */
export class DryRunError extends KubeError {
  override readonly name = "DryRunError";
  readonly reason = "NoDryRun";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** A call that the plan does not list was asked for; nothing was sent, and the run stops. */
export class NotPlannedError extends KubeError {
  override readonly name = "NotPlannedError";
  readonly reason = "NotPlanned";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** An object is not what it was when the plan was made; it was left as it is. */
export class PlanChangedError extends KubeError {
  override readonly name = "PlanChangedError";
  readonly reason = "PlanChanged";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** Something in the cluster did not come about within the time that a call gave it. */
export class WaitTimeoutError extends KubeError {
  override readonly name = "WaitTimeoutError";
  readonly reason = "WaitTimeout";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** The process has no service account to speak with, or what is mounted cannot be used. */
export class NotInClusterError extends KubeError {
  override readonly name = "NotInClusterError";
  readonly reason = "NotInCluster";

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options);
  }
}

/** `pods`, `deployments.apps`, `pods/log`: a resource as `access` and RBAC rules write it. */
export function resourceText(attributes: Pick<ResourceAttributes, "group" | "resource" | "subresource">): string {
  const main = attributes.group === "" ? attributes.resource : `${attributes.resource}.${attributes.group}`;
  return attributes.subresource === undefined ? main : `${main}/${attributes.subresource}`;
}

/** `delete pods "web-1" in namespace "shop"`: what a request was about, for messages. */
export function requestText(attributes: ResourceAttributes | undefined, fallback: string): string {
  if (attributes === undefined) return fallback;
  const name = attributes.name === undefined ? "" : ` "${attributes.name}"`;
  const place = attributes.namespace === undefined ? "" : ` in namespace "${attributes.namespace}"`;
  return `${attributes.verb} ${resourceText(attributes)}${name}${place}`;
}
