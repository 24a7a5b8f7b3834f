/** What an {@link HttpError} knows. */
interface HttpErrorFields {
  readonly method: string;
  readonly host: string;
  readonly status?: number;
  readonly body?: string;
  readonly cause?: unknown;
  readonly hint?: string;
}

/**
 * A call through `context.http` that was not answered with success. It names the method and the host, but no path, query or header, which may hold secrets (a webhook's path is one).
 */
export class HttpError extends Error {
  override readonly name = "HttpError";
  /** A stable word for programs. */
  readonly reason = "HttpError";
  readonly method: string;
  readonly host: string;
  /** Absent where no answer came. */
  readonly status?: number;
  /** The beginning of the answer's body, at most 2 KiB; absent where no answer came. */
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
