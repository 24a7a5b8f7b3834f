// Completion scripts, made from the command line's own definition.
import { COMPLETE_WORD, type CommandWords, type FlagWords, quoted } from "./command-words.ts";

/** Completion for bash 4 and newer: `source <(errand completion bash)`. */
export function bashCompletion(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# bash completion for errand
_errand_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }
_errand_files() {
  local file
  for file in jobs/*.ts; do
    [[ -e $file && $file != *.test.ts && $file == "$1"* ]] && COMPREPLY+=("$file")
  done
  ((\${#COMPREPLY[@]} > 0)) && return
  mapfile -t COMPREPLY < <(compgen -f -X '!*.ts' -- "$1"; compgen -d -S / -- "$1")
  compopt -o nospace 2>/dev/null
}
_errand_jobs() {
  local file names=""
  for file in jobs/*.ts; do
    [[ -e $file && $file != *.test.ts ]] && file=\${file##*/} && names+=" \${file%.ts}"
  done
  _errand_words "$names $(_errand_ask "$2")" "$1"
}
_errand_ask() { "\${COMP_WORDS[0]}" ${COMPLETE_WORD} "$1" "\${COMP_WORDS[@]:1}" </dev/null 2>/dev/null; }
_errand() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then _errand_words ${quoted(`${names} --help --version`)} "$current"; return; fi
  case "$command $previous" in
${commands.flatMap(bashValueCases).join("\n")}
  esac
  case "$command" in
${commands.map(bashCase).join("\n")}
  esac
}
complete -F _errand errand
`;
}

function bashValueCases({ name, flags }: CommandWords): string[] {
  return flags
    .filter(({ takesValue }) => takesValue)
    .map((flag) => `    ${bashPattern(name, flag)}) ${bashValue(flag)}; return ;;`);
}

function bashPattern(command: string, { names }: FlagWords): string {
  return names.map((flag) => quoted(`${command} ${flag}`)).join("|");
}

function bashValue({ choices, isFile, isNamespace }: FlagWords): string {
  if (isNamespace) return '_errand_words "$(_errand_ask namespaces)" "$current"';
  if (choices.length > 0) return `_errand_words ${quoted(choices.join(" "))} "$current"`;
  return isFile ? 'mapfile -t COMPREPLY < <(compgen -f -- "$current")' : ":";
}

function bashCase({ name, flags, argument, argumentChoices }: CommandWords): string {
  const words = flags.flatMap(({ names }) => names).join(" ");
  const rest = {
    files: '_errand_files "$current"',
    jobs: '_errand_jobs "$current" jobs',
    runs: '_errand_jobs "$current" runs',
    none: ":",
  }[argument];
  const argumentWords =
    argumentChoices.length > 0 ? `_errand_words ${quoted(argumentChoices.join(" "))} "$current"` : rest;
  return `    ${name}) if [[ $current == -* ]]; then _errand_words ${quoted(words)} "$current"; else ${argumentWords}; fi ;;`;
}

/** Completion for zsh: a file `_errand` in a folder of `$fpath`, or `source <(errand completion zsh)` after compinit. */
export function zshCompletion(commands: readonly CommandWords[]): string {
  const described = commands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`);
  return `#compdef errand
_errand_files() {
  local -a files
  files=(jobs/*.ts(N))
  files=(\${files:#*.test.ts})
  compadd -a files || _files -g '*.ts'
}
_errand_jobs() {
  local -a names
  names=(jobs/*.ts(N:t:r))
  names=(\${names:#*.test} \${(f)"$(_errand_ask $1)"})
  compadd -a names
}
_errand_namespaces() {
  local -a names
  names=(\${(f)"$(_errand_ask namespaces)"})
  compadd -a names
}
_errand_runs() { _errand_jobs runs; }
_errand_ask() { errand ${COMPLETE_WORD} \${1:-jobs} "\${words[@]}" </dev/null 2>/dev/null; }
_errand() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(zshCase).join("\n")}
  esac
}
if [[ $funcstack[1] == _errand ]]; then _errand "$@"; else compdef _errand errand; fi
`;
}

function zshCase({ name, flags, argument, argumentChoices }: CommandWords): string {
  const rest = {
    files: ["*:file:_errand_files"],
    jobs: ["*:job:_errand_jobs"],
    runs: ["*:run:_errand_runs"],
    none: [],
  }[argument];
  const choices = argumentChoices.length > 0 ? [`1:word:(${argumentChoices.join(" ")})`] : rest;
  const specs = [...flags.flatMap(zshSpecs), ...choices].map(quoted);
  return `    ${name}) _arguments -s ${specs.join(" ")} ;;`;
}

/** `--output[format]:value:(table json)`; brackets and colons in a description would end it. */
function zshSpecs({ names, description, takesValue, choices, isFile, isNamespace }: FlagWords): string[] {
  const text = description.replace(/[[\]:]/g, " ");
  const action =
    choices.length > 0 ? `(${choices.join(" ")})` : isFile ? "_files" : isNamespace ? "_errand_namespaces" : " ";
  return names.map((name) => `*${name}[${text}]${takesValue ? `:value:${action}` : ""}`);
}

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
function __errand_namespaces
    __errand_ask namespaces | string replace -r '$' '\\tnamespace'
end
function __errand_ask
    errand ${COMPLETE_WORD} $argv (commandline -opc)[2..] '' </dev/null 2>/dev/null
end
complete -c errand -f
${commands.map(({ name, description }) => `complete -c errand -n ${quoted(`not __fish_seen_subcommand_from ${names}`)} -a ${name} -d ${quoted(description)}`).join("\n")}
${commands.flatMap(fishLines).join("\n")}
`;
}

function fishLines({ name, flags, argument, argumentChoices }: CommandWords): string[] {
  const start = `complete -c errand -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  const rest = { files: ["'(__errand_files)'"], jobs: ["'(__errand_jobs)'"], runs: ["'(__errand_runs)'"], none: [] }[
    argument
  ];
  const words = argumentChoices.length > 0 ? [quoted(argumentChoices.join(" "))] : rest;
  return [...flags.map((flag) => `${start} ${fishFlag(flag)}`), ...words.map((each) => `${start} -a ${each}`)];
}

function fishFlag({ names, description, takesValue, choices, isFile, isNamespace }: FlagWords): string {
  const forms = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value =
    choices.length > 0
      ? ` -xa ${quoted(choices.join(" "))}`
      : isFile
        ? " -rF"
        : isNamespace
          ? " -xa '(__errand_namespaces)'"
          : takesValue
            ? " -x"
            : "";
  return `${forms.join(" ")}${value} -d ${quoted(description)}`;
}
