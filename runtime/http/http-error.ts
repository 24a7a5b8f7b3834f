interface HttpErrorFields {
  readonly method: string;
  readonly host: string;
  readonly status?: number;
  readonly body?: string;
  readonly cause?: unknown;
  readonly hint?: string;
}

/**
 * A failed call through `context.http`. The message names the method and the host, but no path, query or header, which may be secret (such as a webhook's path).
 */
export class HttpError extends Error {
  override readonly name = "HttpError";
  /** Stable, for programs. */
  readonly reason = "HttpError";
  readonly method: string;
  readonly host: string;
  /** Absent without an answer. */
  readonly status?: number;
  /** The beginning of the answer's body, at most 2 KiB; absent without an answer. */
  readonly body?: string;
  readonly hint?: string;

  constructor(message: string, { method, host, status, body, cause, hint }: HttpErrorFields) {
    super(message, cause === undefined ? undefined : { cause });
    this.method = method;
    this.host = host;
    if (status !== undefined) this.status = status;
    if (body !== undefined) this.body = body;
    if (hint !== undefined) this.hint = hint;
  }
}
