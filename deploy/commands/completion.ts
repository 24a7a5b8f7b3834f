import { Argument, type Command } from "commander";

const SHELLS = ["bash", "zsh", "fish"] as const;

type Shell = (typeof SHELLS)[number];

const HELP_END = `
Examples:
  echo 'source <(errand completion bash)' >> ~/.bashrc
  echo 'source <(errand completion zsh)' >> ~/.zshrc        # after compinit
  errand completion fish > ~/.config/fish/completions/errand.fish`;

export function addCompletionCommand(program: Command): void {
  program
    .command("completion")
    .description("print what makes a shell complete commands, flags and the names of jobs")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", HELP_END)
    .action((shell: Shell) => printCompletion(program, shell));
}

async function printCompletion(program: Command, shell: Shell): Promise<void> {
  const { commandWords } = await import("./completion/command-words.ts");
  const { bashCompletion } = await import("./completion/bash.ts");
  const { zshCompletion } = await import("./completion/zsh.ts");
  const { answerRaw } = await import("../terminal/terminal.ts");
  const { fishCompletion } = await import("./completion/fish.ts");
  const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
  answerRaw(scripts[shell](commandWords(program)));
}
