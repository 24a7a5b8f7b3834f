import { Command, CommanderError } from "commander";
import { OUTCOMES } from "../runtime/run/report/outcome.ts";
import { packageVersion } from "./build/package.ts";
import { COMMANDS } from "./commands/commands.ts";
import { addCommand } from "./commands/declared/declare.ts";
import { style, talk } from "./terminal/talk.ts";
import { guardTerminal } from "./terminal/terminal.ts";

const HELP_END = `
Exit codes are those of the run: ${Object.entries(OUTCOMES)
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
    await program.parseAsync(word === "version" ? [node, errand, "--version", ...rest] : argv);
  } catch (error) {
    process.exitCode =
      error instanceof CommanderError ? reportUsage(error, helpFor(program, argv)) : await reportError(error);
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

/** Bad usage: commander's message, on one line, and where to read more. `--help` and `--version` come here too, and are no errors. */
function reportUsage(error: CommanderError, help: string): number {
  if (error.exitCode === 0) return 0;
  const message = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  talk(`${style.red("error:")} ${error.code === "commander.help" ? "which command?" : message}`);
  talk(`See ${help}.`);
  return 64;
}

async function reportError(error: unknown): Promise<number> {
  const { explainError } = await import("./cluster/explain-error.ts");
  const { message, hint, exitCode } = explainError(error);
  talk(`${style.red("error:")} ${message}`);
  if (hint !== undefined) talk(hint);
  return exitCode;
}
