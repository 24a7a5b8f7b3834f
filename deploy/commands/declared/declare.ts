import { Argument, type Command, Option } from "commander";

/** A flag of a command. @typeParam T what it is read as, with `undefined` where it may be left out */
export interface Flag<T = unknown> {
  readonly description: string;
  /** Its one letter, without the dash. */
  readonly short?: string;
  /** What stands for its value, such as `<name>`; absent for a flag that is given or not. */
  readonly value?: string;
  /** Written `--no-NAME`: it is true until it is given. */
  readonly isNegated?: true;
  readonly choices?: readonly string[];
  /** Names of flags that contradict this one. */
  readonly conflicts?: readonly string[];
  /** Names of flags of which one must be given too. */
  readonly needs?: readonly string[];
  /** Reads the text, and what an earlier one of the same name was read as. @throws {InvalidArgumentError} */
  readonly parse?: (text: string, earlier: never) => unknown;
  readonly default?: T;
  /** What the help says in place of the default. */
  readonly defaultText?: string;
}

/** The words of a command that are not flags. */
interface Words {
  /** `<job>`, `[job]` where it may be left out, `<file...>` for several. */
  readonly form: string;
  readonly description: string;
  readonly choices?: readonly string[];
}

/** All that the command line knows of a command before it is run, so that help, completion and usage errors load nothing else. */
export interface Declaration {
  readonly name: string;
  /** What people type who come from kubectl, docker, npm and systemctl. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly words?: Words;
  /** By name in camel case: `dryRun` is `--dry-run`. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** Ends the help: notes, then examples. */
  readonly help: string;
}

type Details = Pick<Flag, "short" | "conflicts" | "needs">;

/** A flag that is given or not. */
export function flag(description: string, details: Details = {}): Flag<boolean | undefined> {
  return { description, ...details };
}

/** A flag that takes a value. @param value what stands for it in the help, such as `<name>` */
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

/** Keeps the exact names of a command's flags and words, from which {@link FlagsOf} and {@link ActionOf} are made. */
export function declare<const D extends Declaration>(declaration: D): D {
  return declaration;
}

type OptionalNames<F> = {
  [K in keyof F]: F[K] extends Flag<infer T> ? (undefined extends T ? K : never) : never;
}[keyof F];

/** What a command is given for its flags. */
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

/** What carries a command out, as commander calls it. */
export type ActionOf<D extends Declaration> = (
  ...given: [...WordsOf<D["words"]>, FlagsOf<D>, Command]
) => Promise<void>;

/** Makes a declared command known to commander. */
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
    command.error(`option '${longOf(key)}' needs ${words} too`, { code: "errand.missingOption" });
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
