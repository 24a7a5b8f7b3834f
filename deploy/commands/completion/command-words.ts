import type { Command, Option } from "commander";

/** A flag as shells complete it. */
export interface FlagWords {
  /** With dashes: `--output`, `-o`. */
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** The possible values, if they are a fixed list. */
  readonly choices: readonly string[];
  /** The value is the path of a file. */
  readonly isFile: boolean;
  /** The value is a namespace of the cluster. */
  readonly isNamespace: boolean;
}

/** What a command's arguments are. */
export type ArgumentKind = "files" | "jobs" | "runs" | "none";

/** The command with which scripts ask errand for names that only the cluster knows. */
export const COMPLETE_WORD = "__complete";

/** A command as shells complete it. */
export interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly FlagWords[];
  readonly argument: ArgumentKind;
  /** The possible arguments, if they are a fixed list. */
  readonly argumentChoices: readonly string[];
}

const KINDS: Readonly<Record<string, ArgumentKind>> = { file: "files", job: "jobs", run: "runs" };

/** Reads what can be completed from the command line's own definition. */
export function commandWords(program: Command): CommandWords[] {
  return program.commands.map((command) => {
    const [argument] = command.registeredArguments;
    return {
      name: command.name(),
      description: command.description(),
      flags: [...command.options.map(flagWords), HELP],
      argument: kindOf(argument?.name()),
      argumentChoices: argument?.argChoices ?? [],
    };
  });
}

const HELP: FlagWords = {
  names: ["-h", "--help"],
  description: "show help",
  takesValue: false,
  choices: [],
  isFile: false,
  isNamespace: false,
};

/** `job-or-file` completes as a job: a name is shorter to type. */
function kindOf(name: string | undefined): ArgumentKind {
  const word = name?.split(/[-|]/).find((each) => each in KINDS);
  return word === undefined ? "none" : (KINDS[word] ?? "none");
}

function flagWords({ short, long, description, argChoices, required, optional, flags }: Option): FlagWords {
  return {
    names: [short, long].filter((name) => name !== undefined),
    description,
    takesValue: required || optional,
    choices: argChoices ?? [],
    isFile: /<(?:file|folder)>/.test(flags),
    isNamespace: long === "--namespace",
  };
}

/** Puts a text in single quotes that all three shells understand. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
