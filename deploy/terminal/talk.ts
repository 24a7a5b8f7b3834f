import picocolors from "picocolors";
import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { TRY_LATER_EXIT_CODE, USAGE_EXIT_CODE } from "./command-error.ts";
import { own, visibleLines } from "./terminal.ts";

/** How a command's answer on stdout is written. */
export const FORMATS = ["table", "json", "yaml"] as const;

export type Format = (typeof FORMATS)[number];

/** Writes a line to stderr for the person, since stdout is only for the answer. */
export function talk(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** An error as it is printed: what happened, what to do next, and the exit code. */
export interface SaidError {
  readonly message: string;
  readonly hint?: string | undefined;
  /** One word for programs. Default: what the exit code stands for. */
  readonly reason?: string | undefined;
  readonly exitCode: number;
}

/** Prints an error in words, or as one line of JSON if the answer was to be JSON, so that a program can read both. */
export function sayError(error: SaidError, format: Format = "table"): void {
  const { message, hint, exitCode } = error;
  if (format === "json") {
    talk(JSON.stringify({ message, hint, reason: error.reason ?? reasonOf(exitCode), exitCode }));
    return;
  }
  talk(`${style.red("error:")} ${message}${hint === undefined ? "" : `\n${hint}`}`);
}

/** `Usage`, `TryLater`, or an outcome such as `Denied`. */
function reasonOf(exitCode: number): string {
  if (exitCode === USAGE_EXIT_CODE) return "Usage";
  if (exitCode === TRY_LATER_EXIT_CODE) return "TryLater";
  const outcome = Object.entries(OUTCOMES).find(([, row]) => row.exitCode === exitCode)?.[0] ?? "failed";
  return `${outcome.charAt(0).toUpperCase()}${outcome.slice(1)}`;
}

/** Colours for one of the outputs; none if it is not a terminal or NO_COLOR is set. https://no-color.org */
function stylesFor(stream: NodeJS.WriteStream) {
  const colors = picocolors.createColors(
    !process.env.NO_COLOR &&
      (/^(?:[123]|true)$/.test(process.env.FORCE_COLOR ?? "") ||
        (Boolean(stream.isTTY) && process.env.TERM !== "dumb")),
  );
  return {
    bold: colored(colors.bold),
    cyan: colored(colors.cyan),
    dim: colored(colors.dim),
    gray: colored(colors.gray),
    green: colored(colors.green),
    red: colored(colors.red),
    yellow: colored(colors.yellow),
  };
}

/** Colours a text, whose own control characters are made visible, since it may come from anywhere. */
function colored(color: (text: string) => string): (text: string) => string {
  return (text) => own(color(visibleLines(text)));
}

export type Style = ReturnType<typeof stylesFor>;

/** For messages on stderr. */
export const style: Style = stylesFor(process.stderr);

/** For the answer on stdout. */
export const answerStyle: Style = stylesFor(process.stdout);
