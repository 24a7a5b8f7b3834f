import { OUTCOMES } from "../../runtime/run/report/outcome.ts";

/** What a command ends with that is no run's outcome: it cannot be done now, and can be tried again later (EX_TEMPFAIL of sysexits.h). */
export const TRY_LATER_EXIT_CODE = 75;

/** What a command ends with that cannot be carried out as it was given, as shells and grep have it. No run ends so. */
export const USAGE_EXIT_CODE = 2;

/** Something that a person must put right: what happened, where, and what to do next, in two lines at most. Never printed with a stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** What to do next; printed on a line of its own. */
  readonly hint: string | undefined;
  /** What the command line ends with. */
  readonly exitCode: number;

  /** @param options.exitCode default: that of an invalid run: job files and parameters that cannot be used */
  constructor(
    message: string,
    options: { readonly hint?: string | undefined; readonly exitCode?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? OUTCOMES.invalid.exitCode;
  }
}

/** The command cannot be carried out as it was given: its flags contradict each other, or a word names what is not there. */
export class UsageError extends CommandError {
  constructor(message: string, options: { readonly hint?: string | undefined; readonly cause?: unknown } = {}) {
    super(message, { ...options, exitCode: USAGE_EXIT_CODE });
  }
}
