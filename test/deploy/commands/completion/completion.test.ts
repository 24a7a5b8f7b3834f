import { execFileSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { errand } from "../../../support/errand.ts";
import { project, writeFiles } from "../../../support/project.ts";

/** Answers for a cluster: what it is asked for, and where. */
const FAKE_ERRAND = `#!/bin/sh
[ "$1" = __complete ] || exit 1
case "$2 $*" in
  namespaces*) printf 'shop\\nstage\\n' ;;
  *"-n empty"*) ;;
  jobs*) printf 'night\\n' ;;
  runs*) printf 'night\\nnight-kt2c4\\n' ;;
esac
`;

const folder = project({
  "jobs/sweep.ts": "",
  "jobs/sweep.test.ts": "",
  "jobs/report.ts": "",
  "bin/errand": FAKE_ERRAND,
});
chmodSync(join(folder, "bin/errand"), 0o755);

beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { stdout } = await errand(["completion", shell], { cwd: folder });
    writeFiles(folder, { [shell]: stdout });
  }
});

/** How each shell is asked what the last of some words could be. */
const SHELLS: Readonly<Record<string, (words: readonly string[]) => readonly string[]>> = {
  bash: (words) => [
    "--norc",
    "-c",
    `source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _errand 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`,
    "bash",
    ...words,
  ],
  // The widgets of a terminal are not there: what they would be told is printed instead.
  zsh: (words) => [
    "-f",
    "-c",
    `compdef() { :; }
     _describe() { print -l -- \${(P)2%%:*}; }
     compadd() { print -l -- \${(P)2}; }
     _files() { :; }
     _arguments() {
       local spec; shift
       for spec; do
         if [[ $spec == '*:'* ]]; then [[ $words[-1] == -* || $words[-2] == -* ]] || eval \${spec##*:}
         elif [[ $spec == '1:'* ]]; then print -l -- \${=\${\${spec##*\\(}%\\)}}
         elif [[ $words[-2] == \${\${spec#\\*}%%\\[*} && $spec == *:_errand_* ]]; then eval \${spec##*:}
         elif [[ $words[-2] == \${\${spec#\\*}%%\\[*} && $spec == *'('* ]]; then print -l -- \${=\${\${spec##*\\(}%\\)}}
         elif [[ $words[-1] == -* ]]; then print -r -- \${\${spec#\\*}%%\\[*}; fi
       done
     }
     source ./zsh; words=("$@"); CURRENT=$#; _errand`,
    "zsh",
    ...words,
  ],
  fish: (words) => [
    "--no-config",
    "-c",
    `source ./fish; complete -C "${words.join(" ")}" | string replace -r '\\t.*' ''; true`,
  ],
};

const found = Object.keys(SHELLS).filter((shell) =>
  (process.env.PATH ?? "").split(delimiter).some((place) => existsSync(join(place, shell))),
);

function complete(shell: string, ...words: readonly string[]): string[] {
  const args = SHELLS[shell]?.(words) ?? [];
  const last = words.at(-1) ?? "";
  const answer = execFileSync(shell, args, {
    cwd: folder,
    env: { PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}`, HOME: folder },
    encoding: "utf8",
  });
  return answer
    .split("\n")
    .filter((word) => word !== "" && word.startsWith(last))
    .sort();
}

describe("errand completion", () => {
  it("is tested with bash at least, whatever other shells this machine has", () => {
    expect(found).toContain("bash");
  });

  it.each(found)("offers commands to %s for a half-typed first word", (shell) => {
    expect(complete(shell, "errand", "ch")).toEqual(["check"]);
    expect(complete(shell, "errand", "re")).toEqual(["remove", "render", "result", "resume", "retry"]);
  });

  it.each(found)("offers a command's flags to %s after a dash", (shell) => {
    expect(complete(shell, "errand", "check", "--show")).toEqual(["--show-config"]);
    expect(complete(shell, "errand", "trigger", "--wai")).toEqual(["--wait"]);
  });

  it.each(found)("offers a flag's values to %s when they are a list", (shell) => {
    expect(complete(shell, "errand", "check", "--output", "")).toEqual(["json", "table", "yaml"]);
    expect(complete(shell, "errand", "new", "--template", "cu")).toEqual(["custom-resource"]);
  });

  it.each(found)("offers job files, but no tests, to %s when a command takes a file", (shell) => {
    expect(complete(shell, "errand", "deploy", "jobs/")).toEqual(["jobs/report.ts", "jobs/sweep.ts"]);
  });

  it.each(found)("offers the names of jobs to %s when a command takes a job or a run", (shell) => {
    expect(complete(shell, "errand", "trigger", "s")).toEqual(["sweep"]);
    expect(complete(shell, "errand", "result", "r")).toEqual(["report"]);
  });

  it.each(found)("offers to %s the jobs, runs and namespaces of the cluster that the flags name", (shell) => {
    expect(complete(shell, "errand", "trigger", "n")).toEqual(["night"]);
    expect(complete(shell, "errand", "result", "n")).toEqual(["night", "night-kt2c4"]);
    expect(complete(shell, "errand", "logs", "-n", "empty", "n")).toEqual([]);
    expect(complete(shell, "errand", "ps", "-n", "s")).toEqual(["shop", "stage"]);
  });

  it.each(found)("offers the shells to %s for completion itself", (shell) => {
    expect(complete(shell, "errand", "completion", "")).toEqual(["bash", "fish", "zsh"]);
  });
});
