/** The process was about to end although the run was not over. */
export class EndedError extends Error {
  override readonly name = "EndedError";
  readonly reason: "ProcessExit" | "NeverSettled";
  readonly hint: string;

  constructor(reason: EndedError["reason"], message: string, hint: string) {
    super(message);
    this.reason = reason;
    this.hint = hint;
  }
}

/**
 * The job ended its own process. The stack says where.
 *
 * @param below the function of ours that was called: what stands above it in the stack is the job's
 */
export function processExitError(code: number | string | null | undefined, below: () => void): EndedError {
  const error = new EndedError(
    "ProcessExit",
    `the job called process.exit(${code ?? ""}) before its run was over`,
    "Return from `run` to succeed, throw to fail.",
  );
  Error.captureStackTrace(error, below);
  return error;
}

/** Nothing is left that could wake the job: no socket, no timer. */
export function neverSettledError(): EndedError {
  const error = new EndedError(
    "NeverSettled",
    "the job's `run` waits for something that can no longer happen",
    "Look for a promise that nobody resolves: a callback that is never called, or an event that does not come.",
  );
  error.stack = String(error); // nobody called: there is no place to show
  return error;
}
