import { OUTCOMES } from "../../runtime/run/report/outcome.ts";

/** Exit code if the command cannot be done now but may succeed later (EX_TEMPFAIL of sysexits.h). */
export const TRY_LATER_EXIT_CODE = 75;

/** Exit code if the command cannot be carried out as given, as in shells and grep. No run ends with it. */
export const USAGE_EXIT_CODE = 2;

/** Something that a person must fix: what happened, where, and what to do next, in at most two lines. Never printed with a stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** What to do next, printed on its own line. */
  readonly hint: string | undefined;
  /** The exit code of the command line. */
  readonly exitCode: number;

  /** @param options.exitCode default: that of an invalid run, for job files and parameters that cannot be used */
  constructor(
    message: string,
    options: { readonly hint?: string | undefined; readonly exitCode?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? OUTCOMES.invalid.exitCode;
  }
}

/** The command cannot be carried out as given: its flags contradict each other, or it names something that does not exist. */
export class UsageError extends CommandError {
  constructor(message: string, options: { readonly hint?: string | undefined; readonly cause?: unknown } = {}) {
    super(message, { ...options, exitCode: USAGE_EXIT_CODE });
  }
}
