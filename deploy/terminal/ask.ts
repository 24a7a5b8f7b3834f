import { createInterface } from "node:readline/promises";
import { CommandError } from "./command-error.ts";
import { askOnTerminal, visible } from "./terminal.ts";

/**
 * Asks the person on the terminal, yes or no; anything but yes is no.
 *
 * @throws {CommandError} where nobody can answer
 */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CommandError(`${question} Nobody can answer here`, { hint: "Say so beforehand: --yes" });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await askOnTerminal(() => terminal.question(`${visible(question)} [y/N] `));
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
