import type { Command } from "commander";
import { answerRaw } from "../terminal/terminal.ts";
import { bashCompletion } from "./completion/bash.ts";
import { commandWords } from "./completion/command-words.ts";
import { fishCompletion } from "./completion/fish.ts";
import { zshCompletion } from "./completion/zsh.ts";
import type { ActionOf } from "./declared/declare.ts";
import type { COMPLETION } from "./declared/operating.ts";

type Shell = Parameters<ActionOf<typeof COMPLETION>>[0];

export async function completion(shell: Shell, _flags: object, { parent: program }: Command): Promise<void> {
  if (program === null) return;
  const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
  answerRaw(scripts[shell](commandWords(program)));
}
