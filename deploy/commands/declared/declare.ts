import { Argument, type Command, Option } from "commander";

/** A flag of a command. @typeParam T its value, with `undefined` if it may be left out */
export interface Flag<T = unknown> {
  readonly description: string;
  /** Its one letter, without the dash. */
  readonly short?: string;
  /** The placeholder of its value, such as `<name>`; absent for a flag without a value. */
  readonly value?: string;
  /** Written `--no-NAME`: true unless given. */
  readonly isNegated?: true;
  readonly choices?: readonly string[];
  /** Names of flags that contradict this one. */
  readonly conflicts?: readonly string[];
  /** Names of flags; one of them must be given too. */
  readonly needs?: readonly string[];
  /** Reads the text; gets the value of an earlier flag of the same name too. @throws {InvalidArgumentError} */
  readonly parse?: (text: string, earlier: never) => unknown;
  readonly default?: T;
  /** Shown in the help instead of the default. */
  readonly defaultText?: string;
}

/** The arguments of a command. */
interface Words {
  /** `<job>`, `[job]` if it may be left out, `<file...>` for several. */
  readonly form: string;
  readonly description: string;
  readonly choices?: readonly string[];
}

/** All that the command line knows about a command before running it, so that help, completion and usage errors load nothing else. */
export interface Declaration {
  readonly name: string;
  /** Names that people know from kubectl, docker, npm and systemctl. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly words?: Words;
  /** By their names in camel case: `dryRun` is `--dry-run`. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** Ends the help: notes, then examples. */
  readonly help: string;
}

type Details = Pick<Flag, "short" | "conflicts" | "needs">;

/** A flag without a value. */
export function flag(description: string, details: Details = {}): Flag<boolean | undefined> {
  return { description, ...details };
}

/** A flag that takes a value. @param value its placeholder in the help, such as `<name>` */
export function valued(value: string, description: string, details?: Details): Flag<string | undefined>;
export function valued<T>(
  value: string,
  description: string,
  details: Details & { readonly parse: (text: string) => T },
): Flag<T | undefined>;
export function valued(value: string, description: string, details: Partial<Flag> = {}): Flag<unknown> {
  return { value, description, ...details };
}

/** A flag whose value is one of a list. */
export function oneOf<T extends string>(
  value: string,
  description: string,
  choices: readonly T[],
  details: Details = {},
): Flag<T | undefined> {
  return { value, description, choices, ...details };
}

/** Keeps the exact types of a command's flags and arguments, from which {@link FlagsOf} and {@link ActionOf} are derived. */
export function declare<const D extends Declaration>(declaration: D): D {
  return declaration;
}

type OptionalNames<F> = {
  [K in keyof F]: F[K] extends Flag<infer T> ? (undefined extends T ? K : never) : never;
}[keyof F];

/** The flags that a command gets. */
export type FlagsOf<D extends Declaration> = {
  readonly [K in Exclude<keyof D["flags"], OptionalNames<D["flags"]>>]: D["flags"][K] extends Flag<infer T> ? T : never;
} & {
  readonly [K in OptionalNames<D["flags"]>]?: D["flags"][K] extends Flag<infer T> ? Exclude<T, undefined> : never;
};

type WordsOf<W> = W extends { readonly choices: readonly (infer C)[] }
  ? [C]
  : W extends { readonly form: `${string}...${string}` }
    ? [readonly string[]]
    : W extends { readonly form: `[${string}]` }
      ? [string | undefined]
      : W extends Words
        ? [string]
        : [];

/** The function that runs a command, as commander calls it. */
export type ActionOf<D extends Declaration> = (
  ...given: [...WordsOf<D["words"]>, FlagsOf<D>, Command]
) => Promise<void>;

/** Adds a declared command to commander. */
export function addCommand(
  program: Command,
  { name, aliases = [], summary, words, flags, help }: Declaration,
): Command {
  const command = program.command(name).aliases(aliases).description(summary).addHelpText("after", `\n${help}`);
  if (words !== undefined) command.addArgument(argumentOf(words));
  for (const [key, each] of Object.entries(flags)) command.addOption(optionOf(key, each));
  return command.hook("preAction", () => requireNeeded(command, flags));
}

function requireNeeded(command: Command, flags: Declaration["flags"]): void {
  for (const [key, { needs }] of Object.entries(flags)) {
    if (needs === undefined || command.getOptionValueSource(key) !== "cli") continue;
    if (needs.some((each) => command.getOptionValueSource(each) === "cli")) continue;
    const words = needs.map((each) => `'${longOf(each)}'`).join(" or ");
    command.error(`option '${longOf(key)}' requires ${words}`, { code: "errand.missingOption" });
  }
}

function longOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function argumentOf({ form, description, choices }: Words): Argument {
  const argument = new Argument(form, description);
  return choices === undefined ? argument : argument.choices(choices);
}

function optionOf(key: string, each: Flag): Option {
  const long = each.isNegated ? longOf(key).replace("--", "--no-") : longOf(key);
  const names = each.short === undefined ? long : `-${each.short}, ${long}`;
  const option = new Option(each.value === undefined ? names : `${names} ${each.value}`, each.description);
  if (each.choices !== undefined) option.choices(each.choices);
  if (each.parse !== undefined) option.argParser(each.parse as (text: string, earlier: unknown) => unknown);
  if (each.conflicts !== undefined) option.conflicts([...each.conflicts]);
  if (each.default !== undefined) option.default(each.default, each.defaultText);
  return option;
}
