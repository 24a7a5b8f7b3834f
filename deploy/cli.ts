import { Command, CommanderError } from "commander";
import { OUTCOMES } from "../runtime/run/report/outcome.ts";
import { packageVersion } from "./build/package.ts";
import { explainError } from "./cluster/explain-error.ts";
import { addAccessCommand } from "./commands/access.ts";
import { addBuildCommand } from "./commands/build.ts";
import { addCancelCommand } from "./commands/cancel.ts";
import { addCheckCommand } from "./commands/check.ts";
import { addCompletionCommand } from "./commands/completion.ts";
import { addDeployCommand } from "./commands/deploy.ts";
import { addDiffCommand } from "./commands/diff.ts";
import { addHistoryCommand } from "./commands/history.ts";
import { addLogsCommand } from "./commands/logs.ts";
import { addNewCommand } from "./commands/new.ts";
import { addPauseCommand } from "./commands/pause.ts";
import { addPsCommand } from "./commands/ps.ts";
import { addRemoveCommand } from "./commands/remove.ts";
import { addRenderCommand } from "./commands/render.ts";
import { addResultCommand } from "./commands/result.ts";
import { addResumeCommand } from "./commands/resume.ts";
import { addRetryCommand } from "./commands/retry.ts";
import { addRollbackCommand } from "./commands/rollback.ts";
import { addRunCommand } from "./commands/run.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addTriggerCommand } from "./commands/trigger.ts";
import { addTypesCommand } from "./commands/types.ts";
import { addWhyCommand } from "./commands/why.ts";
import { style } from "./terminal/style.ts";
import { talk } from "./terminal/talk.ts";
import { guardTerminal } from "./terminal/terminal.ts";

/** Every command, in the order in which `--help` lists them: that of a job's life. */
const COMMANDS = [
  addNewCommand,
  addCheckCommand,
  addRenderCommand,
  addBuildCommand,
  addDiffCommand,
  addDeployCommand,
  addRunCommand,
  addTriggerCommand,
  addResultCommand,
  addLogsCommand,
  addPsCommand,
  addStatusCommand,
  addHistoryCommand,
  addWhyCommand,
  addPauseCommand,
  addResumeCommand,
  addCancelCommand,
  addRetryCommand,
  addRollbackCommand,
  addAccessCommand,
  addRemoveCommand,
  addTypesCommand,
  addCompletionCommand,
];

/** What people type who come from kubectl, docker, npm and systemctl. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  new: ["init"],
  trigger: ["start"],
  logs: ["tail"],
  ps: ["list", "ls", "get"],
  status: ["describe"],
  pause: ["suspend"],
  cancel: ["stop"],
  remove: ["rm", "delete"],
};

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
      error instanceof CommanderError ? reportUsage(error, helpFor(program, argv)) : reportError(error);
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
  for (const add of COMMANDS) add(program);
  for (const command of program.commands) command.aliases(ALIASES[command.name()] ?? []);
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

function reportError(error: unknown): number {
  const { message, hint, exitCode } = explainError(error);
  talk(`${style.red("error:")} ${message}`);
  if (hint !== undefined) talk(hint);
  return exitCode;
}
