import type { RequestSubject } from "../requests/request.ts";

/** What every error of the client carries. */
export interface KubeErrorOptions {
  readonly cause?: unknown;
  /** What the person can do next, in one line. */
  readonly hint?: string | undefined;
  /** What the request was about. */
  readonly subject?: RequestSubject | undefined;
}

/** Enough for the pipeline's own frames and the job's below them: V8 keeps ten unless told otherwise. */
const STACK_FRAMES = 40;

/** The base of all errors that the client throws. None of them holds a token, a request body or a Secret's data. */
export abstract class KubeError extends Error {
  /** A stable word for programs: Kubernetes' own where the API server gave one. */
  abstract readonly reason: string;
  declare readonly hint?: string;
  declare readonly subject?: RequestSubject;
  /** How many requests were made before this became the answer. */
  readonly attempts: number = 1;

  constructor(message: string, options: KubeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.subject !== undefined) this.subject = options.subject;
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
