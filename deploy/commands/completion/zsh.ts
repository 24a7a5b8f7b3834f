import { COMPLETE_WORD, type CommandWords, type FlagWords, quoted } from "./command-words.ts";

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
${commands.map(commandCase).join("\n")}
  esac
}
if [[ $funcstack[1] == _errand ]]; then _errand "$@"; else compdef _errand errand; fi
`;
}

function commandCase({ name, flags, argument, argumentChoices }: CommandWords): string {
  const rest = {
    files: ["*:file:_errand_files"],
    jobs: ["*:job:_errand_jobs"],
    runs: ["*:run:_errand_runs"],
    none: [],
  }[argument];
  const choices = argumentChoices.length > 0 ? [`1:word:(${argumentChoices.join(" ")})`] : rest;
  const specs = [...flags.flatMap(flagSpecs), ...choices].map(quoted);
  return `    ${name}) _arguments -s ${specs.join(" ")} ;;`;
}

/** `--output[format]:value:(table json)`; what is after it in a description would end it. */
function flagSpecs({ names, description, takesValue, choices, isFile, isNamespace }: FlagWords): string[] {
  const text = description.replace(/[[\]:]/g, " ");
  const action =
    choices.length > 0 ? `(${choices.join(" ")})` : isFile ? "_files" : isNamespace ? "_errand_namespaces" : " ";
  return names.map((name) => `*${name}[${text}]${takesValue ? `:value:${action}` : ""}`);
}
