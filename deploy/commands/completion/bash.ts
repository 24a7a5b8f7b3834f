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
${commands.flatMap(valueCases).join("\n")}
  esac
  case "$command" in
${commands.map(commandCase).join("\n")}
  esac
}
complete -F _errand errand
`;
}

function valueCases({ name, flags }: CommandWords): string[] {
  return flags
    .filter(({ takesValue }) => takesValue)
    .map((flag) => `    ${pattern(name, flag)}) ${flagValue(flag)}; return ;;`);
}

function pattern(command: string, { names }: FlagWords): string {
  return names.map((flag) => quoted(`${command} ${flag}`)).join("|");
}

function flagValue({ choices, isFile, isNamespace }: FlagWords): string {
  if (isNamespace) return '_errand_words "$(_errand_ask namespaces)" "$current"';
  if (choices.length > 0) return `_errand_words ${quoted(choices.join(" "))} "$current"`;
  return isFile ? 'mapfile -t COMPREPLY < <(compgen -f -- "$current")' : ":";
}

function commandCase({ name, flags, argument, argumentChoices }: CommandWords): string {
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
