import { COMPLETE_WORD, type CommandWords, type FlagWords, quoted } from "./command-words.ts";

/** Completion for fish: `errand completion fish > ~/.config/fish/completions/errand.fish`. */
export function fishCompletion(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# fish completion for errand
function __errand_files
    for file in jobs/*.ts
        string match -q '*.test.ts' $file; or echo $file
    end
    __fish_complete_suffix .ts | string match -v '*.test.ts*'
end
function __errand_jobs
    for file in jobs/*.ts
        string match -q '*.test.ts' $file; or basename $file .ts
    end
    __errand_ask jobs
end
function __errand_runs
    __errand_jobs
    __errand_ask runs
end
function __errand_ask
    errand ${COMPLETE_WORD} $argv (commandline -opc)[2..] '' </dev/null 2>/dev/null
end
complete -c errand -f
${commands.map(({ name, description }) => `complete -c errand -n ${quoted(`not __fish_seen_subcommand_from ${names}`)} -a ${name} -d ${quoted(description)}`).join("\n")}
${commands.flatMap(commandLines).join("\n")}
`;
}

function commandLines({ name, flags, argument, argumentChoices }: CommandWords): string[] {
  const start = `complete -c errand -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  const rest = { files: ["'(__errand_files)'"], jobs: ["'(__errand_jobs)'"], runs: ["'(__errand_runs)'"], none: [] }[
    argument
  ];
  const words = argumentChoices.length > 0 ? [quoted(argumentChoices.join(" "))] : rest;
  return [...flags.map((flag) => `${start} ${flagWords(flag)}`), ...words.map((each) => `${start} -a ${each}`)];
}

function flagWords({ names, description, takesValue, choices, isFile, isNamespace }: FlagWords): string {
  const forms = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value =
    choices.length > 0
      ? ` -xa ${quoted(choices.join(" "))}`
      : isFile
        ? " -rF"
        : isNamespace
          ? " -xa '(__errand_ask namespaces)'"
          : takesValue
            ? " -x"
            : "";
  return `${forms.join(" ")}${value} -d ${quoted(description)}`;
}
