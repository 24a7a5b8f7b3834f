import { createInterface } from "node:readline/promises";
import { UsageError } from "./command-error.ts";
import { askOnTerminal, visible } from "./terminal.ts";

/** True if a person can be asked. */
export function isPersonThere(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

/**
 * Asks a yes-or-no question on the terminal; anything but yes is no.
 *
 * @throws {UsageError} if nobody can answer
 */
export async function confirm(question: string): Promise<boolean> {
  if (!isPersonThere()) {
    throw new UsageError("Not a terminal: pass --yes", { hint: `The question is: ${question}` });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await askOnTerminal(() => terminal.question(`${visible(question)} [y/N] `));
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/**
 * Lets the person on the terminal choose one name.
 *
 * @throws {UsageError} if the person cancels
 */
export async function pickOne(message: string, names: readonly string[]): Promise<string> {
  const { isCancel, select } = await import("@clack/prompts");
  const options = names.map((name) => ({ value: name, label: visible(name) }));
  // On stderr, since stdout is for the command's answer.
  const chosen = await askOnTerminal(() => select({ message, options, output: process.stderr, maxItems: 12 }));
  if (isCancel(chosen)) throw new UsageError("Nothing was chosen");
  return chosen;
}
