import { Command, CommanderError } from "commander";
import { OUTCOMES } from "../runtime/run/report/outcome.ts";
import { packageVersion } from "./build/package.ts";
import { COMMANDS, completeNames } from "./commands/commands.ts";
import { COMPLETE_WORD } from "./commands/completion/command-words.ts";
import { addCommand } from "./commands/declared/declare.ts";
import { TRY_LATER_EXIT_CODE, USAGE_EXIT_CODE } from "./terminal/command-error.ts";
import { type SaidError, sayError } from "./terminal/talk.ts";
import { guardTerminal } from "./terminal/terminal.ts";

const HELP_END = `
Exit codes: ${USAGE_EXIT_CODE} the command cannot be carried out as given, ${TRY_LATER_EXIT_CODE} try again later; else those of the run: ${Object.entries(
  OUTCOMES,
)
  .map(([outcome, { exitCode }]) => `${exitCode} ${outcome}`)
  .join(", ")}.`;

/**
 * Runs the command line. Sets the process's exit code, and leaves the process to end by itself.
 *
 * @param argv as in `process.argv`
 */
export async function main(argv: readonly string[]): Promise<void> {
  guardTerminal();
  // `errand logs | head` closes the pipe early, and that is nobody's mistake
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  const program = createProgram();
  try {
    const [node = "", errand = "", word, ...rest] = argv;
    if (word === COMPLETE_WORD) return await completeNames(rest);
    await program.parseAsync(word === "version" ? [node, errand, "--version", ...rest] : argv);
  } catch (error) {
    const explained = await explain(error, helpFor(program, argv));
    if (explained === undefined) return;
    sayError(explained, isJsonAsked(argv) ? "json" : "table");
    process.exitCode = explained.exitCode;
  }
}

/** All commands with their flags and arguments. */
export function createProgram(): Command {
  const program = new Command("errand")
    .description("Single-file TypeScript jobs that run inside Kubernetes.")
    .version(packageVersion(), "-v, --version")
    .helpCommand("help [command]", "show the help of a command")
    .configureHelp({ subcommandTerm: termOf })
    .addHelpText("after", HELP_END);
  for (const { declaration, run } of COMMANDS) addCommand(program, declaration).action(run);
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
  }
  return program;
}

/** As the list of commands shows it: that each has flags needs no saying, and its aliases stand in its own help. */
function termOf(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const word = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${word}>` : `[${word}]`;
  });
  return [command.name(), ...words].join(" ");
}

/** The help of the command that was meant. */
function helpFor(program: Command, argv: readonly string[]): string {
  const command = program.commands.find((each) => [each.name(), ...each.aliases()].includes(argv[2] ?? ""));
  return command === undefined ? "errand --help, and errand COMMAND --help" : `errand ${command.name()} --help`;
}

/** `--help` and `--version` end here too, and are no errors. Of bad usage commander's message is said, on one line, and where to read more. */
async function explain(error: unknown, help: string): Promise<SaidError | undefined> {
  if (!(error instanceof CommanderError)) {
    const { explainError } = await import("./cluster/explain-error.ts");
    return explainError(error);
  }
  if (error.exitCode === 0) return undefined;
  const message = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  return {
    message: error.code === "commander.help" ? "which command?" : message,
    hint: `See ${help}.`,
    exitCode: USAGE_EXIT_CODE,
  };
}

/** Whether the answer was to be JSON: also where the flags are what is wrong, and nothing has read them. */
function isJsonAsked(argv: readonly string[]): boolean {
  return /\0(?:-o\0?=?|--output[\0=])json(?:\0|$)/.test(argv.join("\0"));
}
